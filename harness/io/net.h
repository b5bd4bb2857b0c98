/*
 * net - sockets of this machine: UNIX paths and the loopback address.
 *
 * Layer: io. The only place that binds or connects; nothing else is reachable.
 */
#ifndef IO_NET_H
#define IO_NET_H

#include <sys/types.h>

#include "base/err.h"

/**
 * net_listen_unix - a listening socket at @path, mode 0600, non-blocking.
 * @ret_fd: owned by the caller, who also unlinks @path.
 * Errors: ERR_OS [EADDRINUSE] saying whether a live process holds the path;
 *         ERR_LIMIT a path too long for a socket.
 */
MUST_USE bool net_listen_unix(int *ret_fd, const char *path, struct err *e);

/**
 * net_listen_loopback - on 127.0.0.1, non-blocking.
 * @port: 0 lets the system choose; *ret_port is the one in use.
 * Errors: ERR_OS [EADDRINUSE] naming the port.
 */
MUST_USE bool net_listen_loopback(int *ret_fd, uint16_t *ret_port,
				  uint16_t port, struct err *e);

/** net_connect_unix - non-blocking. Errors: ERR_OS, ERR_LIMIT with @path. */
MUST_USE bool net_connect_unix(int *ret_fd, const char *path, struct err *e);

/**
 * net_connect_loopback - to a port of 127.0.0.1, non-blocking: whether it
 * succeeds is known once the socket can be written to (net_connected).
 */
MUST_USE bool net_connect_loopback(int *ret_fd, uint16_t port, struct err *e);

/** net_connected - 0, or the errno with which a connection failed. */
int net_connected(int fd);

/** net_peer - the process at the other end of a UNIX socket; 0 if unknown. */
pid_t net_peer(int fd);

#endif
