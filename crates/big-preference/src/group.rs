//! A program with all that it starts: they end together.

use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard};

/// The groups that run.
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

fn running() -> MutexGuard<'static, Vec<u32>> {
    RUNNING.lock().unwrap_or_else(|e| e.into_inner())
}

/// Ends every external receiver that runs, with all that it started: what a program does that is told to stop. A terminal tells
/// them nothing: they are in groups of their own.
pub fn end_commands() {
    for group in running().drain(..) {
        kill(group);
    }
}

/// A program in a group of its own.
#[derive(Debug)]
pub(crate) struct ProcessGroup {
    child: Child,
}

impl ProcessGroup {
    pub(crate) fn spawn(command: &mut Command) -> std::io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        // Held until it is known, so that it is not missed by whoever ends them all.
        let mut groups = running();
        let child = command.spawn()?;
        groups.push(child.id());
        Ok(Self { child })
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Ends all of it. Who has ended already cannot be ended, and need not be.
    pub(crate) fn end(&mut self) {
        let mut groups = running();
        let id = self.child.id();
        // Once: the number may be another program's as soon as this one has been waited for.
        if groups.contains(&id) {
            kill(id);
            let _ = self.child.kill();
            groups.retain(|group| *group != id);
            let _ = self.child.wait();
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(unix)]
fn kill(group: u32) {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;
    if let Ok(group) = i32::try_from(group) {
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
}

#[cfg(not(unix))]
fn kill(_group: u32) {}
