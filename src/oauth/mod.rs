//! The protocol and nothing about us: RFC 6749, 7636, 8628, 7523, 7009, 8414, 9207 and OpenID Connect.
