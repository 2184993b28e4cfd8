"""The order in which the nodes of many workbooks are published: the numbers of their items, whoever handed them in."""

from evalbatch.model.evaluation import Node
from evalbatch.model.record import Record
from evalbatch.scoring.nodes import position

NodeKey = tuple[str, str, tuple[int, str], str, str, int]


def node_key(record: Record, node: Node) -> NodeKey:
    """Return what sorts a node: organisation and year, the number of its item, then file and place."""
    return record.department, record.year, position(node.number), record.file, node.place.sheet, node.place.row
