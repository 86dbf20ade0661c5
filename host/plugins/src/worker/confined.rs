//! The system calls that a compile worker may make: those for memory, for its own pipes and for its own end. Everything
//! else is refused, so that even a compiler that was taken over opens no file, no connection and no other process.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter,
};

/// A list of what is allowed, because a list of what is not grows old with every kernel.
const ALLOWED: [i64; 33] = [
    // Memory.
    libc::SYS_brk,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    // Of a memory's first contents, which instances share until they write: a file without a name or a place.
    libc::SYS_memfd_create,
    libc::SYS_ftruncate,
    // The pipes that are open already.
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_fcntl,
    // Locks, clocks, seeds of hash maps.
    libc::SYS_futex,
    libc::SYS_clock_gettime,
    libc::SYS_getrandom,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    // Panics and their unwinding.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_rseq,
    libc::SYS_set_robust_list,
    // The end.
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Confines the calling thread and whatever it starts, for good.
pub(super) fn confine_this_thread() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let mut rules: BTreeMap<_, _> = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    // An abort is a signal to oneself, and to nobody else.
    let own = u64::from(std::process::id());
    let own = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, own)?;
    rules.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![own])?]);
    let filter = SeccompFilter::new(rules, refused, SeccompAction::Allow, std::env::consts::ARCH.try_into()?)?;
    let program: BpfProgram = filter.try_into()?;
    Ok(apply_filter(&program)?)
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        io::ErrorKind,
        net::{TcpListener, TcpStream, UdpSocket},
        os::unix::net::UnixStream,
        process::Command,
        thread,
    };

    use super::*;

    /// Everything that a compiler in strange hands might try, and what the system says.
    fn attempts() -> Vec<(&'static str, Option<ErrorKind>)> {
        let address = "127.0.0.1:9";
        vec![
            ("connect", TcpStream::connect(address).err().map(|error| error.kind())),
            ("listen", TcpListener::bind("127.0.0.1:0").err().map(|error| error.kind())),
            ("datagram", UdpSocket::bind("127.0.0.1:0").err().map(|error| error.kind())),
            ("socket file", UnixStream::connect("/run/x").err().map(|error| error.kind())),
            ("start a program", Command::new("/bin/true").status().err().map(|error| error.kind())),
            ("read a file", fs::read("/proc/self/environ").err().map(|error| error.kind())),
            ("write a file", fs::write("/tmp/kamurj-confined", "x").err().map(|error| error.kind())),
            ("list a folder", fs::read_dir("/").err().map(|error| error.kind())),
            (
                "kill",
                rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::CONT)
                    .err()
                    .map(rustix::io::Errno::kind),
            ),
        ]
    }

    #[test]
    fn a_confined_thread_reaches_no_file_no_network_and_no_other_process() {
        let tried = thread::spawn(|| {
            confine_this_thread().unwrap();
            let room = vec![7u8; 8 * 1024 * 1024];
            (attempts(), room.len())
        });
        let (attempts, room) = tried.join().unwrap();
        assert_eq!(room, 8 * 1024 * 1024, "memory is what it may have");
        for (what, refused) in attempts {
            assert_eq!(refused, Some(ErrorKind::PermissionDenied), "{what}");
        }
        // The other threads of this process are as free as before.
        assert!(TcpListener::bind("127.0.0.1:0").is_ok());
    }
}
