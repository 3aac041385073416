//! The thread that talks to the keyring, and the deadline in front of it.
//!
//! A keyring that did not answer is not asked again for a while: the wait is paid once by a command, and a long-lived
//! process finds out when the keyring is back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Backend, Error};

type Open = fn(&Arc<AtomicBool>) -> Result<Box<dyn Backend>, Error>;
type Job = Box<dyn FnOnce(Result<&mut dyn Backend, Error>) + Send>;

/// A keyring connection on a thread of its own, started at the first call.
pub(super) struct Worker {
    open: Open,
    patience: Duration,
    state: Mutex<State>,
}

struct State {
    running: Option<Running>,
    refusal: Option<(Error, Instant)>,
}

struct Running {
    jobs: mpsc::Sender<Job>,
    prompting: Arc<AtomicBool>,
}

impl Worker {
    /// A worker that will connect with `open`.
    pub(super) const fn new(open: Open) -> Self {
        Self { open, patience: PATIENCE, state: Mutex::new(State { running: None, refusal: None }) }
    }

    /// Runs `job` on the connection and waits for it, within the deadline.
    pub(super) fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Backend) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &state.refusal {
            Some((refusal, at)) if at.elapsed() < REFUSAL_COUNTS => return Err(refusal.clone()),
            _ => state.refusal = None,
        }
        let result = self.run(&mut state, job);
        if let Err(error @ (Error::Absent { .. } | Error::Denied | Error::Locked | Error::TimedOut { .. })) = &result {
            *state = State { running: None, refusal: Some((error.clone(), Instant::now())) };
        }
        result
    }

    fn run<T: Send + 'static>(
        &self,
        state: &mut State,
        job: impl FnOnce(&mut dyn Backend) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let stopped = || Error::Other { reason: "its connection broke".to_owned() };
        let running = match &mut state.running {
            Some(running) => running,
            none => none.insert(start(self.open)?),
        };
        let (answer, answered) = mpsc::channel();
        let job = Box::new(move |backend: Result<&mut dyn Backend, Error>| {
            // Nobody listens any more once the deadline has passed.
            let _ = answer.send(backend.and_then(job));
        });
        running.jobs.send(job).map_err(|_| stopped())?;
        match answered.recv_timeout(self.patience) {
            Ok(result) => result,
            Err(RecvTimeoutError::Disconnected) => Err(stopped()),
            Err(RecvTimeoutError::Timeout) if running.prompting.load(Ordering::Relaxed) => Err(Error::Locked),
            Err(RecvTimeoutError::Timeout) => Err(Error::TimedOut { seconds: self.patience.as_secs() }),
        }
    }
}

/// Starts the thread; it connects when its first job comes and ends with its last sender.
fn start(open: Open) -> Result<Running, Error> {
    let (jobs, received) = mpsc::channel::<Job>();
    let prompting = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&prompting);
    let work = move || {
        let mut backend = open(&flag);
        for job in received {
            match &mut backend {
                Ok(backend) => job(Ok(&mut **backend)),
                Err(error) => job(Err(error.clone())),
            }
        }
    };
    match std::thread::Builder::new().name("keyring".to_owned()).spawn(work) {
        Ok(_) => Ok(Running { jobs, prompting }),
        Err(error) => Err(Error::Other { reason: error.to_string() }),
    }
}

/// A healthy call takes 1 to 7 ms; one that hangs never ends.
const PATIENCE: Duration = Duration::from_secs(3);
/// Longer than any command, shorter than the patience of somebody who has just unlocked the keyring.
const REFUSAL_COUNTS: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
    use std::time::{Duration, Instant};

    use super::{Backend, Error, Worker};
    use crate::secret::Secret;

    /// A keyring without entries; `hang` never answers, `prompt` waits for a person.
    struct Empty(Arc<AtomicBool>);

    impl Backend for Empty {
        fn read(&mut self, entry: &str) -> Result<Option<Secret<Vec<u8>>>, Error> {
            match entry {
                "hang" | "prompt" => {
                    self.0.store(entry == "prompt", Ordering::Relaxed);
                    loop {
                        std::thread::park();
                    }
                }
                "locked" => Err(Error::Locked),
                _ => Ok(None),
            }
        }

        fn write(&mut self, _entry: &str, _secret: &Secret<Vec<u8>>) -> Result<(), Error> {
            Err(Error::Other { reason: "read only".to_owned() })
        }

        fn delete(&mut self, _entry: &str) -> Result<(), Error> {
            Ok(())
        }
    }

    fn worker() -> Worker {
        let mut worker = Worker::new(|prompting| Ok(Box::new(Empty(Arc::clone(prompting)))));
        worker.patience = Duration::from_millis(200);
        worker
    }

    #[test]
    fn a_silent_keyring_costs_the_deadline_once_however_often_it_is_asked() {
        // KRG-03
        let worker = worker();
        let started = Instant::now();
        for entry in ["hang", "a", "b", "c"] {
            let result = worker.call(move |backend| backend.read(entry));
            assert!(matches!(result, Err(Error::TimedOut { .. })));
        }
        assert!(started.elapsed() < Duration::from_secs(3));
    }

    #[test]
    fn a_keyring_that_waits_for_a_person_is_called_locked() {
        // KRG-02
        let result = worker().call(|backend| backend.read("prompt"));
        assert!(matches!(result, Err(Error::Locked)));
    }

    #[test]
    fn a_refusal_is_not_asked_for_twice_but_another_failure_is() {
        // KRG-05
        let worker = worker();
        let asked = Arc::new(AtomicU32::new(0));
        let ask = |entry: &'static str| {
            let asked = Arc::clone(&asked);
            worker.call(move |backend| {
                asked.fetch_add(1, Ordering::Relaxed);
                if entry == "write" {
                    backend.write("a", &Secret::new(Vec::new()))
                } else {
                    backend.read(entry).map(drop)
                }
            })
        };
        assert!(matches!(ask("write"), Err(Error::Other { .. })));
        assert!(ask("there").is_ok());
        assert!(matches!(ask("locked"), Err(Error::Locked)));
        assert!(matches!(ask("there"), Err(Error::Locked)));
        assert_eq!(asked.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn a_keyring_that_cannot_be_opened_says_why_every_time() {
        // KRG-01
        let worker = Worker::new(|_| Err(Error::Absent { reason: "no bus".to_owned() }));
        for _ in 0..2 {
            let result = worker.call(|backend| backend.read("a"));
            assert!(matches!(result, Err(Error::Absent { reason }) if reason == "no bus"));
        }
    }
}
