//! The ways into CI of `docs/ci.md`: their steps run as the runner, the kubelet, Docker and cron would run them.

mod action;
mod containers;
mod cron;
mod documents;
mod gitlab;
mod kubernetes;
mod leak;
mod place;
mod runner;
mod workflow;
