"""What one machine runs by itself: private PostgreSQL and Valkey, on sockets alone, and the supervisor of all parts."""
