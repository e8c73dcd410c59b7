"""The web platform: students hand in and see their verdicts, instructors follow their class.

`webapp.factory.create_app` makes the application, `webapp.commands` its commands.
"""
