"""Receipts for Django: what a site was asked with an `Idempotency-Key` it does once."""
