"""From bytes to a report, one way: document -> grid -> headers | match | prose -> resolve."""
