//! Bytes on the port of the page: whatever comes, the page is served afterwards.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::OnceLock;
use std::time::Duration;

use crate::signature;

/// Where the page is: its host with the port, and the token.
fn served() -> &'static (String, String) {
    static SERVED: OnceLock<(String, String)> = OnceLock::new();
    SERVED.get_or_init(|| {
        let (sender, address) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let ready = |address: &str| {
                let _ = sender.send(address.to_owned());
            };
            let _ = big_explore::serve(big_explore::Options::default(), ready);
        });
        let address = address.recv().expect("a page");
        let rest = address.trim_start_matches("http://");
        let (host, token) = rest
            .split_once("/?token=")
            .expect("an address with a token");
        (host.to_owned(), token.to_owned())
    })
}

/// The answer to a request. One that is `cut` is over with its last byte, as if its sender had gone.
fn sent(host: &str, request: &[u8], cut: bool) -> Vec<u8> {
    let mut answer = Vec::new();
    let Ok(mut stream) = TcpStream::connect(host) else {
        panic!("the page is served no more");
    };
    let _ = stream.set_read_timeout(Some(Duration::from_millis(500)));
    let _ = stream.write_all(request);
    if cut {
        let _ = stream.shutdown(std::net::Shutdown::Write);
    }
    let _ = stream.take(1 << 20).read_to_end(&mut answer);
    answer
}

/// A request. `HOST`, `TOKEN` and `LENGTH` in it stand for the real ones, so that some get through.
pub fn http(data: &[u8]) -> String {
    let (host, token) = served();
    let text = String::from_utf8_lossy(data)
        .replace("HOST", host)
        .replace("TOKEN", token);
    let body = text
        .split_once("\r\n\r\n")
        .map_or(0, |(_, body)| body.len());
    let answer = sent(
        host,
        text.replace("LENGTH", &body.to_string()).as_bytes(),
        data.len() % 2 == 0,
    );
    let page = sent(
        host,
        format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes(),
        false,
    );
    assert!(
        page.starts_with(b"HTTP/1.1 200"),
        "{}",
        String::from_utf8_lossy(&page)
    );
    let answer = String::from_utf8_lossy(&answer);
    let (line, body) = (
        answer.lines().next().unwrap_or_default(),
        answer.lines().last().unwrap_or_default(),
    );
    let code = line.split_whitespace().nth(1).unwrap_or("none");
    assert_ne!(code, "500", "{answer}");
    format!(
        "{code} {}",
        signature(body).chars().take(60).collect::<String>()
    )
}
