"""An exercise's page: the statement, the editor with its draft, and Run."""
