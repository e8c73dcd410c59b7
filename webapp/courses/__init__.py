"""Courses on this server: each row is one edition of a course, with its people and their roles."""
