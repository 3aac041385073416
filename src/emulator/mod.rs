//! A strict local Datum Cloud on loopback: identity provider and API, with wire types of its own.
