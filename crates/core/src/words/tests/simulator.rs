//! What people read who start the simulator.

use insta::assert_snapshot;

use super::both;
use crate::words::simulator;

#[test]
fn where_the_simulator_is() {
    assert_snapshot!(both(|l| simulator::simulating(l, "http://localhost:1", "NAME=value")), @r"
    A simulated Discord and model provider are at http://localhost:1. Run a bot against them with

    NAME=value

    and be a person in them over http://localhost:1/control, which lists what you can do. Ctrl-C ends it.
    http://localhost:1でDiscordとモデルのシミュレーターが動いています。次の設定でボットを接続できます。

    NAME=value

    http://localhost:1/controlから、人として発言などの操作ができます（操作の一覧も表示されます）。Ctrl-Cで終了します。
    ");
    assert_snapshot!(both(|l| simulator::page_at(l, "http://localhost:1/page/")), @r"
    Its page is at http://localhost:1/page/
    ページ：http://localhost:1/page/
    ");
    assert_snapshot!(both(|l| simulator::cannot_listen(l, "127.0.0.1:80", "permission denied")), @r"
    can't listen on 127.0.0.1:80: permission denied. Choose another address with --listen, or --listen 127.0.0.1:0 for a free port.
    127.0.0.1:80で待ち受けできません：permission denied。--listenで別のアドレスを指定するか、--listen 127.0.0.1:0で空いているポートを使ってください。
    ");
}
