//! How an answer appears: typing at once, the first words as soon as there are some, then edits; whole at any length.

use insta::assert_snapshot;
use kaiwa_sim::{Route, World, model::HOLD};

use crate::story::{run_story, run_story_with};

#[tokio::test]
async fn it_types_at_once_then_the_words_appear_and_grow() {
    run_story(World::default(), async |w| {
        w.model.answers([HOLD, "The sea", HOLD, " is blue."]);
        let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
        w.until("typing", |w| (w.calls(Route::Typing) > 0).then_some(()))
            .await?;
        assert_eq!(w.calls(Route::CreateMessage), 0, "typing comes first");
        w.model.release();
        let first = w.reads(ask.thread(), "The sea").await?;
        w.model.release();
        let last = w.reads(ask.thread(), "The sea is blue.").await?;
        assert_eq!(first, last, "the text grows in place");
        assert_eq!(w.calls(Route::CreateMessage), 1);
        assert_eq!(w.calls(Route::Typing), 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_complete_before_its_thread_is_sent_once_and_whole() {
    run_story(World::default(), async |w| {
        let gate = w.sim.world(|world| {
            world
                .faults
                .next(Route::CreateThreadFromMessage)
                .held_before()
        });
        w.model.answers(["The ", "sea ", "is ", "blue."]);
        let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
        w.until("the whole answer", |w| {
            let requests = w.model.requests();
            (requests.first()?.outcome == kaiwa_sim::model::Outcome::Answered).then_some(())
        })
        .await?;
        w.sim.world(|world| world.faults.open(gate));
        w.reads(ask.thread(), "The sea is blue.").await?;
        w.stop().await?;
        assert_eq!(w.calls(Route::CreateMessage), 1);
        assert!(w.calls(Route::EditMessage) <= 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_long_answer_with_code_arrives_whole_with_its_fences_balanced() {
    run_story(World::default(), async |w| {
        let code: String = (0..300)
            .map(|line| format!("let wave_{line} = {line};\n"))
            .collect();
        let prose = "The sea is wide and blue and deep and old. ".repeat(60);
        let answer = format!(
            "{}\n\n```rust\n{code}```\n\n{}\n\nTHE END",
            prose.trim(),
            prose.trim()
        );
        assert!(answer.len() > 9_000);
        w.model.answers([answer.clone()]);
        let ask = w.user("ada").says("@kaiwa tell me everything")?;
        w.reads_where(ask.thread(), "the end", |text| text.ends_with("THE END"))
            .await?;
        w.stop().await?;
        let texts = w.texts(ask.thread());
        assert!(texts.len() >= 5);
        for text in &texts {
            assert!(text.encode_utf16().count() <= 2_000);
            assert_eq!(text.matches("```").count() % 2, 0, "{text}");
        }
        let words = |text: &str| -> String {
            let lines = text.lines().filter(|line| !line.starts_with("```"));
            lines.flat_map(str::split_whitespace).collect()
        };
        assert_eq!(words(&texts.join("\n")), words(&answer));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_head_on_the_screen_becomes_its_table_in_place_and_hidden_code_is_hidden_at_once() {
    run_story(World::default(), async |w| {
        w.model.answers([
            "Name | Age\n",
            HOLD,
            "--- | ---\nsea | old\n\nWhat nobody knows: ||```\nhow old",
            HOLD,
            "\n```||\nThat is all.",
        ]);
        let ask = w.user("ada").says("@kaiwa how old is the sea?")?;
        let thread = ask.thread();
        let head = w.reads(thread, "Name | Age").await?;
        w.model.release();
        let (table, shown) = w
            .reads_where(thread, "the table", |text| text.contains("how old"))
            .await?;
        assert_eq!(head, table, "it takes the place of its head");
        assert_snapshot!(shown, @r"
        ```
        Name | Age
        -----|----
        sea  | old
        ```

        What nobody knows: ||```
        how old
        ```||
        ");
        w.model.release();
        let (end, shown) = w
            .reads_where(thread, "the end", |text| text.ends_with("all."))
            .await?;
        assert_eq!(table, end);
        assert!(
            shown.ends_with("||```\nhow old\n```||\nThat is all."),
            "{shown}"
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_table_that_fits_into_a_message_is_not_cut_wherever_it_begins() {
    run_story(World::default(), async |w| {
        let row = |row: usize| format!("| island {row:03} | {row:03} boats |\n");
        let rows = |from: usize, to: usize| (from..to).map(row).collect::<String>();
        let before = "There are many islands by the sea, and each has its boats. ".repeat(8);
        w.model.answers([
            format!("{before}\n\n| Island | Boats |\n|---|---|\n{}", rows(0, 20)).as_str(),
            HOLD,
            rows(20, 40).as_str(),
            HOLD,
            format!("{}\nThat is all.", rows(40, 75)).as_str(),
        ]);
        let thread = w.user("ada").says("@kaiwa which boats?")?.thread();
        // It may still fit, and it may not.
        let (first, shown) = w
            .reads_where(thread, "the words", |text| text.contains("its boats."))
            .await?;
        assert!(!shown.contains("island 0"), "{shown}");
        w.model.release();
        // It grows on where it can stay.
        let (second, shown) = w
            .reads_where(thread, "the rows", |text| text.contains("island 038"))
            .await?;
        assert_ne!(first, second);
        assert!(shown.starts_with("```\nIsland     | Boats"), "{shown}");
        w.model.release();
        let (end, shown) = w
            .reads_where(thread, "the end", |text| text.ends_with("That is all."))
            .await?;
        assert_eq!(second, end);
        assert_eq!(shown.matches("island ").count(), 75);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_long_answer_in_japanese_arrives_whole() {
    run_story(World::default(), async |w| {
        let answer = format!("{}おしまい", "海は広くて青いです。".repeat(350));
        w.model.answers([answer.clone()]);
        let ask = w.user("ada").says("@kaiwa 海について教えて")?;
        w.reads_where(ask.thread(), "the end", |text| text.ends_with("おしまい"))
            .await?;
        w.stop().await?;
        let texts = w.texts(ask.thread());
        assert_eq!(texts.concat(), answer);
        let (_, others) = texts.split_last().unwrap();
        assert!(others.iter().all(|text| text.ends_with('。')));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_model_that_writes_everyone_pings_nobody() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let answer = format!("@everyone @here <@{}>, look!", ada.id);
        w.model.answers([answer.clone()]);
        let ask = ada.says("@kaiwa call them")?;
        let seen = w.reads(ask.thread(), &answer).await?;
        w.sim.world(|world| {
            let message = world.message(seen.place.0, seen.id).unwrap();
            assert!(!message.mention_everyone && message.mentions.is_empty());
        });
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn where_nothing_can_be_seen_for_long_a_quiet_line_becomes_the_answer() {
    run_story_with(
        World::default(),
        &[("KAIWA_THINKING_SECONDS", "0")],
        async |w| {
            w.model.answers([HOLD, "Blue."]);
            let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
            let quiet = w.reads(ask.thread(), "-# Still thinking…").await?;
            w.model.release();
            let answer = w.reads(ask.thread(), "Blue.").await?;
            assert_eq!(quiet, answer);
            Ok(())
        },
    )
    .await;
}

#[tokio::test]
async fn a_question_that_is_taken_back_takes_the_quiet_line_with_it() {
    run_story_with(
        World::default(),
        &[("KAIWA_THINKING_SECONDS", "0")],
        async |w| {
            let ada = w.user("ada");
            w.model.answers([HOLD, "Blue."]);
            let ask = ada.says("@kaiwa what color is the sea?")?;
            w.reads(ask.thread(), "-# Still thinking…").await?;
            ada.deletes(ask)?;
            w.until("the line to go", |w| {
                (w.calls(Route::DeleteMessage) > 0).then_some(())
            })
            .await?;
            w.stop().await?;
            assert_eq!(w.texts(ask.thread()), Vec::<String>::new());
            Ok(())
        },
    )
    .await;
}

#[tokio::test]
async fn ten_people_who_ask_at_once_get_whole_answers_and_no_429_is_drawn() {
    let mut world = World::default();
    world.settings.rate_limits = true;
    run_story(world, async |w| {
        let general = w.channel("general");
        let people: Vec<(u64, u64)> = w.sim.world(|world| {
            let guild = world.guild_of(general.0).unwrap();
            (0..10)
                .map(|number| {
                    let person = world.add_person(&format!("guest{number}"), "Guest");
                    world.join(guild, person);
                    (person, general.0)
                })
                .collect()
        });
        for _ in &people {
            w.model.answers(["The sea ", "is ", "wide."]);
        }
        let mut threads = Vec::new();
        for (person, place) in people {
            let asked = w
                .sim
                .shared()
                .with(|world| world.say(person, place, "@kaiwa tell me"));
            threads.push(crate::story::Place(asked.unwrap()));
        }
        for thread in threads {
            w.reads(thread, "The sea is wide.").await?;
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_answer_of_white_space_is_said_to_be_empty() {
    run_story_with(World::default(), &[("KAIWA_MODEL_TRIES", "1")], async |w| {
        w.log.expects("a turn failed");
        w.model.answers([" \n "]);
        let ask = w.user("ada").says("@kaiwa hi")?;
        let (_, text) = w
            .reads_where(ask.thread(), "a sentence", |text| text.starts_with("-#"))
            .await?;
        assert_snapshot!(text, @"-# The model gave an empty answer; please press Retry, or ask in other words.");
        Ok(())
    })
    .await;
}
