//! What an increment writes.

use pipeline::{Action, Mode};

use super::*;

#[test]
fn a_first_run_builds_in_full_and_the_next_carries_on() {
    let world = small();
    let first = report(&world);
    assert_eq!((first.mode, first.state_seq), (Mode::Full, 1));
    assert!(first.base.is_none());
    land_sales(&world, "2026-01-02", &["s4,u1,1,", "s5,u2,2,"]);
    let second = report(&world);
    assert_eq!(
        (second.mode, second.state_seq),
        (Mode::Delta, 2),
        "{}",
        second.why
    );
    assert_eq!(second.base.as_deref(), Some(first.release.as_str()));
    assert_eq!(second.rows_landed, [("sales".to_owned(), 2)].into());
    assert_eq!(second.files, 1);

    let models = models(&second);
    let of = |name: &str| {
        let model = models[name];
        (
            model.action,
            model.rows_touched,
            model.rows_written,
            model.rows_deleted,
            model.rows,
        )
    };
    assert_eq!(of("int_sales"), (Action::Delta, 2, 2, 0, Some(5)));
    assert_eq!(of("fct_sale"), (Action::Delta, 2, 2, 0, Some(4)));
    // No user landed.
    assert_eq!(of("int_users"), (Action::Skipped, 0, 0, 0, Some(2)));
    assert_eq!(of("history"), (Action::Skipped, 0, 0, 0, Some(2)));
    assert_eq!(of("dim_city"), (Action::Skipped, 0, 0, 0, Some(2)));
    // It reads the business date, which is another.
    assert_eq!(of("calendar"), (Action::Delta, 1, 1, 1, Some(1)));
    assert_eq!(of("stg_sales").0, Action::View);
    assert_undisturbed(&world);
}

#[test]
fn rows_that_stay_as_they_were_are_not_written() {
    let world = small();
    report(&world);
    // u1 lands again as it was: the earlier row is superseded, all else about u1 stays.
    world.land("users", "2026-01-02", "a.csv", shop::USERS, &["u1,Elm"]);
    let second = report(&world);
    let models = models(&second);
    assert_eq!(
        (
            models["int_users"].rows_written,
            models["int_users"].rows_deleted
        ),
        (2, 1)
    );
    assert_eq!(models["int_sales"].rows_touched, 1, "s1 is judged again");
    assert_eq!(models["int_sales"].rows_written, 0, "with the same outcome");
    assert_eq!(models["dim_city"].rows_written, 0);
    // Its history is longer, which the fact tells.
    assert_eq!(
        (
            models["fct_sale"].rows_written,
            models["fct_sale"].rows_deleted
        ),
        (1, 1)
    );
    assert_undisturbed(&world);
}

#[test]
fn a_key_that_is_no_longer_live_is_deleted_and_an_orphan_is_released() {
    let world = small();
    report(&world);
    land_sales(&world, "2026-01-02", &["s1,u1,10,D", "s2,u2,21,"]);
    land_users(&world, "2026-01-02", &["u9,Ash"]);
    let second = report(&world);
    let fact = models(&second)["fct_sale"];
    assert_eq!(
        (fact.rows_written, fact.rows_deleted, fact.rows),
        (2, 2, Some(2))
    );
    assert_eq!(
        world.query("select sale_id, city, amount from fct_sale order by sale_id"),
        ["s2|Oak|21.00", "s3|Ash|5.00"]
    );
    assert_undisturbed(&world);
}

#[test]
fn an_older_day_that_lands_late_is_taken_in_like_any_other() {
    let world = small();
    land_sales(&world, "2026-01-05", &["s1,u1,50,"]);
    report(&world);
    land_sales(&world, "2026-01-03", &["s1,u1,30,", "s7,u1,7,"]);
    let second = report(&world);
    assert_eq!(second.mode, Mode::Delta);
    assert_eq!(
        models(&second)["calendar"].action,
        Action::Skipped,
        "the business date is the same"
    );
    assert_eq!(
        world.query("select sale_id, amount from fct_sale where user_id = 'u1' order by sale_id"),
        ["s1|50.00", "s7|7.00"]
    );
    assert_undisturbed(&world);
}

#[test]
fn the_pseudonym_key_and_counters_are_variables_of_every_run() {
    let mut files = shop::FILES.to_vec();
    files.push((
        "models/gold/said.sql",
        "select '{{ var(\"state_seq\") }}/{{ var(\"release_seq\") }}/{{ var(\"loaded_seq\") }}' as said, date '{{ var(\"business_date\") }}' as d",
    ));
    let world = World::of_project(&files);
    land_users(&world, "2026-01-01", &["u1,Elm"]);
    land_sales(&world, "2026-01-01", &["s1,u1,1,"]);
    report(&world);
    assert_eq!(world.query("select said from said"), ["1/1/0"]);
    land_sales(&world, "2026-01-02", &["s2,u1,1,"]);
    report(&world);
    assert_eq!(world.query("select said from said"), ["2/1/1"]);
}
