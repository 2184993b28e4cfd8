"""Policy profiles (评分口径): one TOML per authority's way of scoring, and the loader."""
