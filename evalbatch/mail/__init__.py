"""Delivery: messages, outbox, SMTP."""
