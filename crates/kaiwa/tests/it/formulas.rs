//! Formulas: what plain characters can't show comes as a picture, once, or stays as it is.

use kaiwa_sim::{
    Route, World,
    model::HOLD,
    world::{Attachment, permissions},
};

use crate::story::{Place, Story, run_story, run_story_with};

/// The files of all messages of a place, in order, with their bytes.
fn files(w: &Story, place: Place) -> Vec<(Attachment, Vec<u8>)> {
    w.sim.world(|world| {
        let messages = world.messages[&place.0].values();
        let files = messages.flat_map(|message| &message.attachments);
        files
            .map(|file| (file.clone(), world.files[&file.id].to_vec()))
            .collect()
    })
}

#[tokio::test]
async fn a_formula_is_code_while_it_streams_and_then_has_a_picture() {
    run_story(World::default(), async |w| {
        w.model.answers([
            "It is \\(e^{-",
            "x^2/2}\\).",
            HOLD,
            "\n\nAnd \\[\n\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}\n\\]",
        ]);
        let ask = w.user("ada").says("@kaiwa what is it?")?;
        w.reads(ask.thread(), "It is `e^{-x^2/2}`⁽¹⁾.").await?;
        assert_eq!(files(w, ask.thread()).len(), 0);
        w.model.release();
        w.stop().await?;
        assert_eq!(
            w.texts(ask.thread()),
            ["It is `e^{-x^2/2}`⁽¹⁾.\n\nAnd `\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}`⁽²⁾"]
        );
        let files = files(w, ask.thread());
        let [(file, bytes)] = files.as_slice() else {
            panic!("{files:?}");
        };
        assert_eq!(file.filename, "formulas.png");
        assert_eq!(
            file.description.as_deref(),
            Some("(1) e^{-x^2/2}\n(2) \\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}")
        );
        assert!(bytes.starts_with(b"\x89PNG"));
        assert_eq!(w.calls(Route::CreateMessage), 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_formula_in_a_spoiler_is_hidden_in_its_picture_too() {
    run_story(World::default(), async |w| {
        w.model.answers(["Guess: ||\\(e^{-x^2/2}\\)||"]);
        let ask = w.user("ada").says("@kaiwa what is it?")?;
        w.reads(ask.thread(), "Guess: ||`e^{-x^2/2}`⁽¹⁾||").await?;
        w.stop().await?;
        let files = files(w, ask.thread());
        let [(file, _)] = files.as_slice() else {
            panic!("{files:?}");
        };
        assert_eq!(file.filename, "SPOILER_formulas.png");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_can_not_be_drawn_stays_as_it_is() {
    run_story(World::default(), async |w| {
        w.model
            .answers(["It is \\(\\unheard{x}\\) or \\(\\text{速度}_{d}\\)."]);
        let ask = w.user("ada").says("@kaiwa what is it?")?;
        w.reads(
            ask.thread(),
            "It is `\\unheard{x}`⁽¹⁾ or `\\text{速度}_{d}`.",
        )
        .await?;
        w.stop().await?;
        assert_eq!(files(w, ask.thread()).len(), 0);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn without_the_right_to_attach_files_a_formula_stays_as_code() {
    run_story(World::default(), async |w| {
        w.deny(permissions::ATTACH_FILES);
        w.model
            .answers(["It is \\(e^{-x^2}\\)", HOLD, ", where \\(x_{d}\\) is."]);
        let ask = w.user("ada").says("@kaiwa what is it?")?;
        w.reads(ask.thread(), "It is `e^{-x^2}`⁽¹⁾").await?;
        w.model.release();
        w.stop().await?;
        assert_eq!(
            w.texts(ask.thread()),
            ["It is `e^{-x^2}`⁽¹⁾, where `x_{d}`⁽²⁾ is."]
        );
        assert_eq!(files(w, ask.thread()).len(), 0);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn where_pictures_are_turned_off_a_formula_is_code_without_a_number() {
    let settings = [("KAIWA_FORMULA_PICTURES", "false")];
    run_story_with(World::default(), &settings, async |w| {
        w.model.answers(["It is \\(e^{-x^2}\\)."]);
        let ask = w.user("ada").says("@kaiwa what is it?")?;
        w.reads(ask.thread(), "It is `e^{-x^2}`.").await?;
        w.stop().await?;
        assert_eq!(files(w, ask.thread()).len(), 0);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_picture_whose_answer_is_lost_is_there_once() {
    run_story(World::default(), async |w| {
        w.sim.world(|world| {
            let next = world.faults.next(Route::EditMessage);
            next.done_then_error();
        });
        w.model.answers(["It is \\(e^{-x^2}\\).", HOLD]);
        let ask = w.user("ada").says("@kaiwa what is it?")?;
        w.reads(ask.thread(), "It is `e^{-x^2}`⁽¹⁾.").await?;
        w.model.release();
        w.stop().await?;
        assert_eq!(w.texts(ask.thread()), ["It is `e^{-x^2}`⁽¹⁾."]);
        assert_eq!(files(w, ask.thread()).len(), 1);
        assert_eq!(w.calls(Route::EditMessage), 2);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_question_that_is_edited_gets_the_picture_of_its_new_answer() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.model.answers(["It is \\(e^{-x^2}\\)."]);
        let ask = ada.says("@kaiwa what is it?")?;
        let thread = ask.thread();
        w.reads(thread, "It is `e^{-x^2}`⁽¹⁾.").await?;
        w.model.answers(["No, \\(x_{d}\\)."]);
        ada.edits(ask, "@kaiwa what is it now?")?;
        w.reads(thread, "No, `x_{d}`⁽¹⁾.").await?;
        w.model.answers(["Nothing."]);
        ada.edits(ask, "@kaiwa what is it then?")?;
        w.until("the new answer to be whole", |w| {
            (w.model.requests().len() == 3).then_some(())
        })
        .await?;
        w.reads(thread, "Nothing.").await?;
        w.stop().await?;
        assert_eq!(files(w, thread).len(), 0);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_picture_is_no_news_to_the_model_when_it_is_read_back() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.model.answers(["It is \\(e^{-x^2}\\)."]);
        let ask = ada.says("@kaiwa what is it?")?;
        w.reads(ask.thread(), "It is `e^{-x^2}`⁽¹⁾.").await?;
        w.stop().await?;
        assert_eq!(files(w, ask.thread()).len(), 1);
        w.forget_everything();
        w.comes_back().await?;
        w.model.answers(["Yes."]);
        ada.says_in(ask.thread(), "@kaiwa sure?")?;
        w.reads(ask.thread(), "Yes.").await?;
        let heard = w.model_hears(2).await?;
        assert!(!heard.contains("formulas.png"), "{heard}");
        Ok(())
    })
    .await;
}
