"""The teaching team's dashboard: how the class is doing, what it gets wrong, who needs help; and a student's page."""
