"""What was read is kept by its hash, however it was overwritten."""

from hashlib import sha256
from pathlib import Path

import pytest

from reviews.office import hand_in, night, set_up


@pytest.fixture
def office(copied, new_cycle):
    return copied(new_cycle)


def kept():
    return {path.name: path.read_bytes() for path in Path("output/archive").glob("*.xlsx")}


def listing():
    return Path("output/archive/目录.csv").read_text("utf-8-sig").splitlines()[1:]


def test_every_content_of_a_file_that_is_overwritten_is_kept(office):
    contents = []
    for score in (20, 19, 18):
        reason = "一条道路延期验收，次年一月完成"
        hand_in("a.xlsx", rows={"养护道路": {"score": score, "reason": reason}})
        contents.append(Path("inbox/a.xlsx").read_bytes())
        night()
    assert kept() == {f"{sha256(each).hexdigest()}.xlsx": each for each in contents}
    assert [line.rpartition(",")[2] for line in listing()] == ["2034-03-31"] * 3
    before = kept(), listing()
    night("--full")
    assert (kept(), listing()) == before


def test_what_is_no_workbook_is_kept_by_hash_and_name_only(office):
    Path("inbox/坏.xlsx").write_bytes(b"PK broken")
    night()
    assert kept() == {}
    (line,) = listing()
    assert line == f"{sha256(b'PK broken').hexdigest()},坏.xlsx,2024-03-31,,"


def test_the_settings_limit_the_space_and_may_keep_nothing(office):
    set_up("archive", "keep = false\n#")
    text = Path("evalbatch.toml").read_text("utf-8").replace("\nkeep = true", "\n")
    Path("evalbatch.toml").write_text(text, "utf-8")
    hand_in("a.xlsx")
    night()
    assert not Path("output/archive").exists()


def test_beyond_the_space_of_the_settings_what_comes_is_named_and_nothing_is_dropped(office):
    set_up("archive", "space_mb = 1\nyears = 3\n#")
    text = Path("evalbatch.toml").read_text("utf-8").replace("\nspace_mb = 0", "\n")
    Path("evalbatch.toml").write_text(text.replace("\nyears = 10", "\n"), "utf-8")
    hand_in("a.xlsx")
    night()
    first = kept()
    Path("output/archive/占位.bin").write_bytes(b"0" * (1 << 20))
    hand_in("a.xlsx", rows={"养护道路": {"score": 19, "reason": "一条道路次年一月才验收"}})
    night()
    assert kept() == first
    told = [line.split(",")[3:] for line in listing()]
    assert sorted(told) == [["", ""], [f"archive/{next(iter(first))}", "2027-03-31"]]
