"""The parts of an annotated copy: package edits that touch nothing but what they name."""
