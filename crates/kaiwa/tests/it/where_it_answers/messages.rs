//! Whatever a message is made of, it gets a sensible turn.

use super::*;

#[tokio::test]
async fn strange_messages_get_a_sensible_turn() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let cases: [(&str, &str, &str); 4] = [
            ("@kaiwa 👍", "👍", "user: 👍"),
            (
                "@kaiwa مرحبا بالعالم",
                "مرحبا بالعالم",
                "user: مرحبا بالعالم",
            ),
            (
                "@kaiwa <:wave:123456789012345678>",
                ":wave:",
                "user: :wave:",
            ),
            (
                "@kaiwa mixed スクリプト текст",
                "mixed スクリプト текст",
                "user: mixed スクリプト текст",
            ),
        ];
        for (number, (said, name, heard)) in (1..).zip(cases) {
            w.model.answers(["ok"]);
            let ask = ada.says(said)?;
            w.reads(ask.thread(), "ok").await?;
            assert_eq!(thread_name(w, ask.thread()), name);
            assert_eq!(
                w.model_hears(number).await?,
                format!("system: Be kind.\n{heard}")
            );
        }
        // 4,000 characters, as people with Nitro may send.
        w.model.answers(["long"]);
        let long = "word ".repeat(390);
        let ask = ada.says(format!("@kaiwa {long}").as_str())?;
        w.reads(ask.thread(), "long").await?;
        assert!(w.model_hears(5).await?.ends_with(long.trim()));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_message_of_four_thousand_characters_is_heard_whole() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let question = format!("{} Is that all?", "海は青い。".repeat(790));
        w.model.answers(["Yes."]);
        let ask = ada.says(format!("@kaiwa {question}").as_str())?;
        w.reads(ask.thread(), "Yes.").await?;
        assert_eq!(
            w.model_hears(1).await?,
            format!("system: Be kind.\nuser: {question}")
        );
        let name = thread_name(w, ask.thread());
        assert!(
            name.starts_with("海は青い。") && name.chars().count() <= 100,
            "{name}"
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn files_are_read_or_named() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.model.answers(["Seen."]);
        let paste = "line one\nline two\n";
        let saying = Saying::from("@kaiwa look")
            .with_file("message.txt", paste.as_bytes())
            .with_file("photo.png", b"\x89PNG");
        let ask = ada.says(saying)?;
        w.reads(ask.thread(), "Seen.").await?;
        assert_snapshot!(w.model_hears(1).await?, @r"
        system: Be kind.
        user: look
        [file message.txt, 18 bytes]
        line one
        line two
        [end of file]
        [attached: photo.png, image/png, 4 bytes; its content can't be seen]
        ");
        w.model.answers(["A file."]);
        let ask = ada.says(Saying::from("@kaiwa").with_file("notes.md", b"# Sea"))?;
        w.reads(ask.thread(), "A file.").await?;
        assert_eq!(thread_name(w, ask.thread()), "About notes.md");
        Ok(())
    })
    .await;
}
