//! A long call: made on a thread of its own without Python's lock, watched, and ended by Ctrl-C.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use big_app::{AppError, Monitor};
use pyo3::prelude::*;

use crate::failure::raised;

/// How often Python is asked whether somebody pressed Ctrl-C, and told how far the call has got.
const BEAT: Duration = Duration::from_millis(25);
/// A call that is over before this is not worth a word about its progress.
const QUIET: Duration = Duration::from_millis(5);

type Step = (&'static str, u64, u64);

/// Makes a call. `watch` is called with what is being done, how much of it is done, and of how much.
///
/// On Ctrl-C (or an exception from `watch`) the call is told to stop, and this returns at once: what it had begun ends behind
/// the scenes, and nobody sees it.
pub(crate) fn call<T: Send + 'static>(
    py: Python<'_>,
    watch: Option<Py<PyAny>>,
    work: impl FnOnce(&Monitor<'_>) -> Result<T, AppError> + Send + 'static,
) -> PyResult<T> {
    let cancel = Arc::new(AtomicBool::new(false));
    let step: Arc<Mutex<Option<Step>>> = Arc::default();
    let (send, mut receive) = sync_channel(1);
    let watched = watch.is_some();
    {
        let (cancel, step) = (Arc::clone(&cancel), Arc::clone(&step));
        std::thread::spawn(move || {
            let progress = |what: &'static str, done, total| {
                if let Ok(mut step) = step.lock() {
                    *step = Some((what, done, total));
                }
            };
            let monitor = Monitor::default().with_cancel(&cancel);
            let monitor = if watched {
                monitor.with_progress(&progress)
            } else {
                monitor
            };
            // Nobody waits any more after Ctrl-C.
            let _ = send.send(work(&monitor));
        });
    }
    let mut wait = QUIET;
    loop {
        let received = {
            // A receiver is not for two threads at once; nor is it used by two.
            let receive = &mut receive;
            py.detach(move || receive.recv_timeout(wait))
        };
        wait = BEAT;
        match received {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => {
                py.check_signals()?;
                return Err(raised(py, error));
            }
            Err(RecvTimeoutError::Disconnected) => {
                let error = AppError::Internal("the call ended without an answer".into());
                return Err(raised(py, error));
            }
            Err(RecvTimeoutError::Timeout) => {
                let told = step.lock().ok().and_then(|mut step| step.take());
                let watched = match (&watch, told) {
                    (Some(watch), Some(step)) => watch.call1(py, step).map(|_| ()),
                    _ => Ok(()),
                };
                if let Err(error) = py.check_signals().and(watched) {
                    cancel.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
    }
}
