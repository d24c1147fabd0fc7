//! Images that try to reach the host, servers that fail, programs of another processor mode.

use std::{
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use jettison_sandbox::{Error, IdMap, Mount, Root, Sandbox, Tier, UserIds};

use crate::{
    copied_root::CopiedRoot,
    rig::{LONG, exec, finish, helper, running, served, shell, shell_in, start, words},
};

/// A directory of the host in which everybody may write.
fn bait() -> tempfile::TempDir {
    let bait = tempfile::tempdir().expect("temporary directory");
    fs_err::set_permissions(bait.path(), PermissionsExt::from_mode(0o777)).expect("chmod");
    bait
}

/// Turns directories of a root into links to a directory of the host.
fn poison(root: &Path, bait: &Path, names: &[&str]) {
    for name in names {
        if root.join(name).is_dir() {
            fs_err::remove_dir_all(root.join(name)).expect("remove");
        }
        let up =
            format!("{}{}", "../".repeat(20), bait.strip_prefix("/").expect("absolute").display());
        symlink(up, root.join(name)).expect("link");
    }
}

#[test]
fn privileged_links_in_the_image_do_not_lead_to_the_host() {
    for tier in Tier::ALL {
        let root = CopiedRoot::new(tier);
        let bait = bait();
        poison(&root.path(), bait.path(), &["etc", "made"]);
        let mut spec = shell_in(tier, "echo x > /made/x; echo ended");
        spec.cwd = "/made/deeper".into();
        let source = match tier {
            Tier::FuseNamespaces => served(&root.path()),
            Tier::CopyNamespaces | Tier::Chroot => Root::Directory(root.path()),
        };
        // The image may be refused, but nothing may be made outside of it.
        if let Ok(sandbox) = Sandbox::start(spec, source, &helper()) {
            sandbox.release().expect("release");
            assert_eq!(finish(&sandbox).1, "ended\n", "{tier:?}");
        }
        let found: Vec<_> = fs_err::read_dir(bait.path()).expect("read").collect();
        assert_eq!(found.len(), 0, "{tier:?} {found:?}");
    }
}

#[test]
fn privileged_an_image_without_any_directory_gets_what_it_needs() {
    let top = tempfile::tempdir().expect("temporary directory");
    let shell = top.path().join("sh");
    fs_err::copy("/bin/true", &shell).expect("copy");
    let mut spec = crate::rig::shell("");
    spec.argv = words(&["/no/such/program"]);
    match Sandbox::start(spec, served(top.path()), &helper()) {
        // Everything else was possible.
        Err(Error::Exec(failure)) => assert_eq!(failure.docker_status(), 127),
        other => panic!("{other:?}"),
    }
}

#[test]
fn privileged_a_server_that_does_not_start_is_named() {
    let failing = Root::Fuse(Box::new(|_device, _owners| Err(std::io::Error::other("no server"))));
    match Sandbox::start(shell("true"), failing, &helper()) {
        Err(error @ Error::Serve(_)) => assert!(error.to_string().ends_with("no server")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn privileged_a_server_that_drops_the_device_is_an_error() {
    let dropping = Root::Fuse(Box::new(|device, _owners| {
        drop(device);
        Ok(())
    }));
    let error = Sandbox::start(shell("true"), dropping, &helper()).expect_err("nobody serves");
    assert!(matches!(error, Error::Setup(_)), "{error}");
}

#[test]
fn privileged_a_program_cannot_reach_the_helper() {
    // Until the release, pid 1 is still the helper's program, with its rights and descriptors.
    let sandbox = start(shell("exec sleep 1000"), crate::rig::host_root());
    let script = "for f in exe root cwd fd/0; do readlink /proc/1/$f && echo reached $f; done; \
                  cat /proc/1/environ /proc/1/maps; head -c 1 /proc/1/mem";
    let output = sandbox.exec(&exec(script)).expect("starts").wait(Some(LONG)).expect("ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    // Once it is the workload's own program, it is open as in any container.
    sandbox.release().expect("release");
    let output = sandbox.exec(&exec("readlink /proc/1/root")).expect("starts").wait(Some(LONG));
    assert_eq!(output.expect("ends").stdout, b"/\n");
}

#[test]
fn privileged_ids_of_the_sandbox_own_nothing_on_the_host() {
    let map = IdMap::for_host(Tier::FuseNamespaces, &UserIds::default());
    let outer = map.host_uid(0).expect("mapped");
    assert_ne!(outer, 0);
    let sandbox = running(shell("exec sleep 1000"));
    let inside = sandbox.processes().expect("list");
    assert_eq!(inside[0].uid, 0);
    let uid = format!("Uid:\t{outer}\t{outer}\t{outer}\t{outer}");
    let found = fs_err::read_dir("/proc").expect("/proc").flatten().any(|entry| {
        let status = fs_err::read_to_string(entry.path().join("status")).unwrap_or_default();
        status.lines().any(|line| line == uid)
    });
    assert!(found, "no process of the host has the ids {uid}");
}

/// An i386 program that calls `getpid` and ends with 42.
#[cfg(target_arch = "x86_64")]
fn i386_program() -> Vec<u8> {
    const BASE: u32 = 0x0804_8000;
    let code: &[u8] =
        &[0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xb8, 1, 0, 0, 0, 0xbb, 42, 0, 0, 0, 0xcd, 0x80];
    let size = 52 + 32 + u32::try_from(code.len()).expect("short");
    let mut program = b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    let half = |program: &mut Vec<u8>, values: &[u16]| {
        program.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    };
    let word = |program: &mut Vec<u8>, values: &[u32]| {
        program.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    };
    half(&mut program, &[2, 3]); // ET_EXEC, EM_386
    word(&mut program, &[1, BASE + 84, 52, 0, 0]); // version, entry, program headers, sections, flags
    half(&mut program, &[52, 32, 1, 40, 0, 0]);
    word(&mut program, &[1, 0, BASE, BASE, size, size, 5, 0x1000]); // PT_LOAD, readable and executable
    program.extend_from_slice(code);
    program
}

#[cfg(target_arch = "x86_64")]
#[test]
fn privileged_32_bit_programs_run_and_are_counted() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let file = directory.path().join("i386");
    fs_err::write(&file, i386_program()).expect("write");
    fs_err::set_permissions(&file, PermissionsExt::from_mode(0o755)).expect("chmod");
    let on_the_host = std::process::Command::new(&file).status();
    let mut spec = shell("");
    spec.argv = words(&["/i386"]);
    spec.mounts =
        vec![Mount { source: file, target: "/i386".into(), read_only: true, temporary: false }];
    let sandbox = start(spec, crate::rig::host_root());
    match (on_the_host, sandbox.release()) {
        (Ok(status), Ok(())) => {
            assert_eq!(status.code(), Some(42));
            assert_eq!(finish(&sandbox).0, 42);
            let counts = sandbox.syscalls();
            assert_eq!((counts.get("compat:20"), counts.get("compat:1")), (Some(&1), Some(&1)));
        }
        // A kernel without 32-bit programs says the same here and there.
        (Err(host), Err(Error::Exec(sandbox))) => {
            assert_eq!(host.raw_os_error(), Some(sandbox.errno));
        }
        other => panic!("{other:?}"),
    }
}
