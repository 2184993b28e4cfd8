"""What is known of a cycle, once: its tables, their schema, and how they are counted and read
back.
"""
