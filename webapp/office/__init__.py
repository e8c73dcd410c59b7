"""The course office: roster, exercises and dates, extensions, announcements, overrides, the audit log."""
