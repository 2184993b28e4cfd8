"""The nouns of the product: frozen values, no I/O, no third-party imports."""
