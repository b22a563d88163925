//! Caches in front of a site that others have made: nginx and Varnish.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use super::{SERVER_CORE, Server, free_address, pinned};
use crate::Outcome;

/// How nginx is set up.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Nginx {
    /// As Debian does, without its log.
    Plain,
    /// With files that stay open.
    OpenFiles,
    /// And with room for the whole of a small response in the first read.
    Tuned,
}

impl Nginx {
    /// What the set-ups add.
    const fn directives(self) -> &'static str {
        match self {
            Self::Plain => "sendfile on;",
            Self::OpenFiles => {
                "sendfile on; open_file_cache max=10000 inactive=60s; open_file_cache_valid 60s;"
            }
            Self::Tuned => {
                "sendfile on; open_file_cache max=10000 inactive=60s; open_file_cache_valid 60s; \
                 proxy_buffer_size 16k; proxy_buffers 8 16k; reset_timedout_connection on;"
            }
        }
    }
}

impl Server {
    /// nginx with `proxy_cache`. `tcp_nopush` is left off: with it, answers of 64 KiB wait for
    /// the client's acknowledgement.
    pub(crate) fn nginx(folder: &Path, origin: SocketAddr, nginx: Nginx) -> Outcome<Self> {
        let address = free_address()?;
        let at = folder.display();
        let extra = nginx.directives();
        let configuration = format!(
            "worker_processes 1; daemon off; pid {at}/nginx.pid; error_log {at}/error.log;\n\
             events {{ worker_connections 1024; }}\n\
             http {{\n\
               access_log off; keepalive_requests 1000000000; {extra}\n\
               client_body_temp_path {at}/client; proxy_temp_path {at}/proxy;\n\
               fastcgi_temp_path {at}/fastcgi; uwsgi_temp_path {at}/uwsgi;\n\
               scgi_temp_path {at}/scgi;\n\
               proxy_cache_path {at}/cache keys_zone=all:64m max_size=2g inactive=1d;\n\
               server {{\n\
                 listen {address};\n\
                 location / {{ proxy_pass http://{origin}; proxy_cache all; }}\n\
               }}\n\
             }}\n"
        );
        // As root it would give up its rights to a user that may not enter the folder.
        let is_root = fs::metadata("/proc/self").is_ok_and(|process| {
            use std::os::unix::fs::MetadataExt;
            process.uid() == 0
        });
        let user = if is_root { "user root;\n" } else { "" };
        let file = folder.join("nginx.conf");
        fs::write(&file, format!("{user}{configuration}"))?;
        let mut command = pinned(SERVER_CORE, Path::new("nginx"));
        Self::told(command.arg("-p").arg(folder).arg("-c").arg(&file), address, folder)
    }

    /// Varnish with its bodies in memory.
    pub(crate) fn varnish(folder: &Path, origin: SocketAddr) -> Outcome<Self> {
        let address = free_address()?;
        let mut command = pinned(SERVER_CORE, Path::new("varnishd"));
        command.args(["-F", "-j", "none", "-s", "malloc,512m", "-p", "thread_pools=1"]);
        command.args(["-a", &address.to_string(), "-b", &origin.to_string()]);
        Self::told(command.arg("-n").arg(folder.join("varnish")), address, folder)
    }
}
