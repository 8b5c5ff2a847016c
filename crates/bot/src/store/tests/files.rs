//! What the files of a message say is learnt long after the message.

use super::*;

fn paste(path: &str, signed: u64, content: Content) -> Attachment {
    let url = format!("https://cdn/{path}/paste.txt?ex={signed}");
    file("paste.txt", &url, content)
}

#[tokio::test]
async fn a_file_that_was_taken_away_while_it_was_read_stays_away() {
    let store = Store::open_in_memory().await.unwrap();
    let question = says(100, ADA, "what is in these?");
    begin(&store, &question, 100, opens_thread()).await;
    let unread = |paths: &[&str], signed| -> Vec<Attachment> {
        let unread = paths
            .iter()
            .map(|path| paste(path, signed, Content::Unread));
        unread.collect()
    };
    let told = Said {
        attachments: unread(&["1", "2", "3"], 1),
        ..says(101, ADA, "and in these?")
    };
    let here = ConversationId(100);
    store.note(here, &told).await.unwrap();
    // The second one goes while all are read, and its address is told anew.
    let left = unread(&["1", "3"], 2);
    edit(&store, MessageId(101), "and in these?", &left).await;
    let text = |text: &str| Content::Text(text.to_owned());
    let read = [
        paste("1", 1, text("ebb")),
        paste("2", 1, text("secret")),
        paste("3", 1, text("flow")),
    ];
    store.attachments_read(MessageId(101), &read).await.unwrap();
    let loaded = store.load(here, FAR).await.unwrap().unwrap();
    let said = loaded.conversation.said.last().unwrap();
    let kept = [paste("1", 2, text("ebb")), paste("3", 2, text("flow"))];
    assert_eq!(said.attachments, kept);
    // What a message brings into a prompt is counted with it.
    let counted = "SELECT id, size FROM messages WHERE id = 101";
    let size: Vec<(i64, i64)> = rows(&store, counted).await;
    assert_eq!(size, [(101, row::bytes("and in these?ebbflow".len()))]);
    store.close().await;
}
