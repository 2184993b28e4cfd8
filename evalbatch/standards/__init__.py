"""Forms (表): one TOML per standard workbook, and the loader."""
