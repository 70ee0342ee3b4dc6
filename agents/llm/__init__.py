"""The one way to a chat model: client, faults, circuit breaker, gateway and tracing.
May import io; imported by runtime."""
