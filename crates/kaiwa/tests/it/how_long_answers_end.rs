//! Answers that messages alone would be too many for, tables and formulas, and thoughts.

use insta::assert_snapshot;
use kaiwa_sim::{
    World,
    model::{Answer, HOLD},
    world::permissions,
};

use crate::story::run_story;

#[tokio::test]
async fn an_answer_of_too_many_messages_ends_with_a_file_that_holds_all_of_it() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let whole = "The sea is blue, and so it goes on and on. ".repeat(400);
        let whole = whole.trim_end();
        w.model.answers([whole]);
        let ask = ada.says("@kaiwa tell me all of it")?;
        let thread = ask.thread();
        let (file, _) = w
            .reads_where(thread, "the file", |text| {
                text == "-# All of the text is in the file."
            })
            .await?;
        let transcript = w.transcript(thread);
        assert!(transcript.contains("[answer.md]"), "{transcript}");
        let (texts, held) = w.sim.world(|world| {
            let messages = &world.messages[&thread.0];
            let file = &messages[&file.id].attachments;
            (
                messages
                    .values()
                    .filter(|message| message.content.starts_with("The sea"))
                    .count(),
                file.len(),
            )
        });
        assert_eq!((texts, held), (6, 1));

        // The model sees all that it said, the part in the file too.
        w.model.answers(["Yes."]);
        ada.says_in(thread, "is that all?")?;
        w.reads(thread, "Yes.").await?;
        let heard = w.model_hears(2).await?;
        assert_eq!(heard.matches("The sea is blue").count(), 400);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_goes_on_behind_the_last_message_shows_that_it_does_and_can_be_stopped() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let long = "The sea is blue, and so it goes on and on. ".repeat(400);
        w.model.answers([&long, HOLD, "never seen"]);
        let ask = ada.says("@kaiwa tell me all of it")?;
        let thread = ask.thread();
        let (waits, _) = w
            .reads_where(thread, "that more comes", |text| {
                text == "-# The answer goes on; all of it comes as a file at the end."
            })
            .await?;
        w.until_buttons(waits, &["Stop"]).await?;
        ada.presses(waits, "Stop")?;
        w.until("nothing to wait for", |w| {
            let messages = w.sim.world(|world| world.messages[&thread.0].len());
            // The greeting of the thread, and six of words.
            (messages == 7).then_some(())
        })
        .await?;
        // It ends with what was seen of it.
        w.reads_where(thread, "the end", |text| {
            text.starts_with("The sea") && text.ends_with("\n-# stopped by Ada")
        })
        .await?;
        let transcript = w.transcript(thread);
        assert!(!transcript.contains("[answer.md]"), "{transcript}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn without_the_right_to_attach_files_the_answer_goes_on_in_messages() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.deny(permissions::ATTACH_FILES);
        let whole = "The sea is blue, and so it goes on and on. ".repeat(400);
        let whole = format!("{}\n\nThat was all of it.", whole.trim_end());
        w.model.answers([whole.as_str()]);
        let ask = ada.says("@kaiwa tell me all of it")?;
        w.reads_where(ask.thread(), "the end", |text| {
            text.ends_with("That was all of it.")
        })
        .await?;
        let transcript = w.transcript(ask.thread());
        assert_eq!(transcript.matches("The sea is blue").count(), 400);
        assert!(!transcript.contains("-#"), "{transcript}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn tables_and_formulas_are_shown_readably_and_remembered_as_they_were_said() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let said = "Here:\n\n| Fruit | Price |\n|---|--:|\n| りんご | 200 |\n\nand \\(x^2\\).";
        w.model.answers([
            "Here:\n\n| Fruit | Pr",
            "ice |\n|---|--:|\n| りん",
            "ご | 200 |\n\nand \\(x",
            "^2\\).",
        ]);
        let ask = ada.says("@kaiwa what does it cost?")?;
        let thread = ask.thread();
        let (_, shown) = w
            .reads_where(thread, "the table", |text| text.ends_with('.'))
            .await?;
        assert_snapshot!(shown, @r"
        Here:

        ```
        Fruit  | Price
        -------|------
        りんご |   200
        ```

        and x².
        ");
        w.goes_on_in(thread).await?;
        assert!(w.model_hears(2).await?.contains(said));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_table_is_aligned_wherever_the_model_writes_it() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.model.answers([
            "> **Note**\n> | a | b |\n> |--",
            "-|---|\n> | 1 | 2 |\n\n1. First:\n\n    | a | b |\n    |---|",
            "---|\n    | 1 | 2 |\n\n2. Then:\n\na | ",
            "b\n--- | ---\n1 | 2\n\nThat is all.",
        ]);
        let ask = ada.says("@kaiwa what are a and b?")?;
        let (_, shown) = w
            .reads_where(ask.thread(), "the tables", |text| text.ends_with("all."))
            .await?;
        assert_snapshot!(shown, @r"
        > **Note**
        > ```
        > a | b
        > --|--
        > 1 | 2
        > ```

        1. First:

        ```
        a | b
        --|--
        1 | 2
        ```

        2. Then:

        ```
        a | b
        --|--
        1 | 2
        ```

        That is all.
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn thoughts_are_not_shown() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.model
            .answers_with(Answer::new(["Blue."]).after_reasoning("Hm, the sea."));
        let ask = ada.says("@kaiwa what color is the sea?")?;
        let thread = ask.thread();
        w.reads(thread, "Blue.").await?;
        w.model
            .answers(["<thi", "nk>Hm, the sky.</th", "ink>\n\nBlue too."]);
        ada.says_in(thread, "and the sky?")?;
        w.reads(thread, "Blue too.").await?;
        assert!(!w.model_hears(2).await?.contains("Hm"));
        Ok(())
    })
    .await;
}
