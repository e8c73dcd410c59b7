"""Makes a user namespace to have every capability again, and then mounts, enters, changes the root."""

CALLS = (
    (272, 0x10000000),  # unshare(CLONE_NEWUSER)
    (272, 0x00020000),  # unshare(CLONE_NEWNS)
    (272, 0x50000000),  # unshare(CLONE_NEWUSER | CLONE_NEWNET)
    (56, 0x10000011, 0, 0, 0, 0),  # clone(CLONE_NEWUSER | SIGCHLD)
    (165, b"none\0", b"/site\0", b"tmpfs\0", 0, 0),  # mount
    (166, b"/site\0", 2),  # umount2(MNT_DETACH)
    (308, 3, 0),  # setns
    (161, b"/site\0"),  # chroot
    (155, b"/site\0", b"/site\0"),  # pivot_root
    (428, -100, b"/\0", 1),  # open_tree(OPEN_TREE_CLONE)
    (430, b"tmpfs\0", 0),  # fsopen
    (170, b"rt-marker\0", 9),  # sethostname
    (126, bytes(8), bytes(24)),  # capset
    (117, 0, 0, 0),  # setresuid
    (105, 0),  # setuid
)
attempt(f"system call {CALLS[VARIANT][0]}", syscall, *CALLS[VARIANT])
