"""Accounts: people, how they sign in, invitations, and personal tokens for the API."""
