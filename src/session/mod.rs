//! What is remembered and where: credentials, the stores, locks, wire format, migration.
