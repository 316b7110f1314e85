"""The private PostgreSQL and Valkey that stand in where no DATABASE_URL or REDIS_URL is given. Sockets only, no port."""
