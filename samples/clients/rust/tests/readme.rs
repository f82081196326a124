//! The example at the top of the README runs as it stands there, but for the address.

mod server;

use std::sync::OnceLock;

use server::{accept, new, next, send, welcome};

static URI: OnceLock<String> = OnceLock::new();

/// The crate, whose agents go to the server of this test whatever address they are given.
mod here {
    pub use agentsocket::{Answer, CallError, StreamExt};

    pub struct Agent;

    impl Agent {
        pub fn builder(_: &str) -> agentsocket::Builder {
            agentsocket::Agent::builder(super::URI.get().unwrap()).codec(agentsocket::Codec::Json)
        }
    }
}

#[rustfmt::skip]
mod example {
    use super::here as agentsocket;

    include!("../examples/readme.rs");

    pub fn run() -> Result<(), ::agentsocket::CallError> {
        main()
    }
}

#[tokio::test]
async fn the_first_example_runs() {
    let (listener, uri) = server::bind().await;
    URI.set(uri).unwrap();
    let example = tokio::task::spawn_blocking(example::run);
    let mut server = accept(&listener).await;
    welcome(&mut server, new()).await;
    assert!(String::from_utf8_lossy(&next(&mut server).await).ends_with("weather.current{\"city\":\"Springfield\"}"));
    send(&mut server, &[0x41, 2, 13], "as.ask{\"prompt\":\"Which?\"}").await;
    assert!(String::from_utf8_lossy(&next(&mut server).await).contains("ILLINOIS"));
    send(&mut server, &[0x49, 1], "{\"temp\":21.5}").await;
    assert!(String::from_utf8_lossy(&next(&mut server).await).ends_with("llm.tokens{\"n\":5}"));
    for word in ["a ", "b "] {
        send(&mut server, &[0x50, 3], word).await;
    }
    send(&mut server, &[0x51, 3], "").await;
    assert_eq!(next(&mut server).await, [0x18, 0, 0, 0], "GOAWAY 0");
    server.close(None).await.unwrap();
    example.await.unwrap().unwrap();
}

#[test]
fn the_readme_begins_with_it() {
    let code = include_str!("../README.md").split("```rust,no_run\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(code, include_str!("../examples/readme.rs"));
    assert!(code.trim().lines().count() <= 15);
}
