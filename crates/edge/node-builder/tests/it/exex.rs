//! ExExes of a node.

use crate::lifecycle::{blocks, config};
use rollup_exex::{ExExContext, ExExError};
use rollup_node_builder::{LaunchError, NodeBuilder};
use std::{fs, io};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exex_that_fails_ends_the_node_and_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let fails = async |_: ExExContext| Err::<(), _>(io::Error::other("no disk"));
    let builder = NodeBuilder::new(config(directory.path())).install_exex("broken", fails);
    let ended = builder.launch().await.unwrap().wait_for_exit(std::future::pending()).await;
    let text = ended.unwrap_err().to_string();
    assert_eq!(text, "the ExEx broken ended; the reason is in the log");
    // It was shut down in order: the directory is free.
    let node = NodeBuilder::new(config(directory.path())).launch().await.unwrap();
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_tells_exexes_and_waits_for_them() {
    let directory = tempfile::tempdir().unwrap();
    let (seen, left) = (directory.path().join("seen"), directory.path().join("left"));
    let follows = async move |mut context: ExExContext| {
        let mut last = context.finished;
        while let Some(notification) = context.notifications.recv().await? {
            last = notification.tip();
            context.events.finished(last).await?;
        }
        assert!(context.shutdown.is_cancelled());
        // The storage is there to the end.
        let view = context.storage.view()?;
        assert_eq!(view.hash_of(last.number)?, Some(last.hash));
        fs::write(&seen, last.number.to_string()).unwrap();
        Ok::<_, ExExError>(())
    };
    // One that does not wait for its own work to end.
    let begins = async move |context: ExExContext| {
        context.shutdown.cancelled().await;
        let storage = context.storage.clone();
        let (begun, begins) = tokio::sync::oneshot::channel();
        tokio::task::spawn_blocking(move || {
            begun.send(()).unwrap();
            drop(storage.view());
            fs::write(left, "").unwrap();
        });
        begins.await.unwrap();
        Ok::<_, ExExError>(())
    };
    let builder = NodeBuilder::new(config(directory.path()));
    let builder = builder.install_exex("follows", follows).install_exex("begins", begins);
    let node = builder.launch().await.unwrap();
    blocks(&node, 3).await;
    node.shutdown().await;
    let seen: u64 = fs::read_to_string(directory.path().join("seen")).unwrap().parse().unwrap();
    assert!(seen > 0, "it was told of blocks");
    assert!(directory.path().join("left").exists(), "what it left running was waited for");
    let node = NodeBuilder::new(config(directory.path())).launch().await.unwrap();
    assert!(node.engine.head().number >= seen);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_cannot_be_used_ends_the_launch() {
    let directory = tempfile::tempdir().unwrap();
    let idle = async |_: ExExContext| Ok::<_, io::Error>(());
    let builder = NodeBuilder::new(config(directory.path())).install_exex("../up", idle);
    let refused = builder.launch().await.unwrap_err();
    assert!(matches!(refused, LaunchError::ExEx(ExExError::Name { name: "../up" })), "{refused}");
}
