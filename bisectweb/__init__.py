"""The Django project and its one app: bugs, bisections, pages and mail."""
