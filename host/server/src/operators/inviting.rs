//! Inviting people: an address that is shown once, works once, and lets them set a password and the key of their codes.

use super::{Noted, factor_place, noted, secret};
use crate::app::App;
use crate::install::COMMAND_LINE;
use crate::problem::{FieldError, Kind, Problem};
use crate::seal::Purpose;
use kamurj_access::{Role, password, recovery, totp};
use kamurj_domain::format::Language;
use kamurj_store::operators::invitations::{self, Invitation};
use kamurj_store::operators::{self, Operator, proofs, sessions};
use kamurj_store::{Error, Tx, audit_log, merchants};
use zeroize::Zeroizing;

/// How long an invitation is good that is opened at once: of the command line, where it may be the first owner's (ASVS 5.0, 6.3.2), and
/// of whoever sets themselves up anew.
pub const AT_ONCE_MS: i64 = 15 * 60 * 1000;
/// How long an owner's invitation is good.
pub const BY_OWNER_MS: i64 = 24 * 60 * 60 * 1000;

/// Somebody to invite.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// Their address.
    pub email: String,
    /// As colleagues call them.
    pub name: String,
    /// `hy`, `ru` or `en`.
    pub locale: String,
    /// As what they will work.
    pub role: Role,
}

impl Newcomer {
    /// Checks what was entered.
    pub fn check(email: &str, name: &str, locale: &str, role: &str) -> Result<Self, Problem> {
        let mut errors = Vec::new();
        let mut wrong = |pointer: &str, detail: &str| {
            errors.push(FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() });
        };
        let email = email.trim().to_lowercase();
        if !is_email(&email) {
            wrong("/email", "must be an e-mail address such as ani@example.am");
        }
        let name = name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 80 || name.chars().any(char::is_control) {
            wrong("/name", "must have 1 to 80 characters");
        }
        if Language::parse(locale).is_none() {
            wrong("/locale", "must be hy, ru or en");
        }
        let role = Role::from_word(role);
        if role.is_none() {
            wrong("/role", &format!("must be one of {}", Role::ALL.map(Role::word).join(", ")));
        }
        match role {
            Some(role) if errors.is_empty() => Ok(Self { email, name, locale: locale.to_owned(), role }),
            _ => Err(Problem::invalid(errors)),
        }
    }
}

fn is_email(text: &str) -> bool {
    let sound =
        |part: &str| !part.is_empty() && part.chars().all(|letter| !letter.is_whitespace() && !letter.is_control());
    let parts = text.rsplit_once('@');
    text.len() <= 254
        && parts.is_some_and(|(local, host)| sound(local) && !local.contains('@') && host.contains('.') && sound(host))
}

/// An invitation, shown once.
#[derive(Debug, Clone)]
pub struct Invited {
    /// `op_…`.
    pub operator_id: String,
    /// The address to open; `None` where they can sign in already and need none.
    pub url: Option<String>,
    /// Until when, Unix milliseconds.
    pub valid_until: i64,
}

/// Lets somebody work for a merchant, and gives the address by which they set themselves up where they have not.
pub async fn invite(
    app: &App,
    tx: &mut Tx,
    merchant_id: &str,
    newcomer: &Newcomer,
    good_for_ms: i64,
) -> Result<Invited, Problem> {
    let id = app.ids.new_id("op");
    let told = (newcomer.email.as_str(), newcomer.name.as_str(), newcomer.locale.as_str());
    operators::insert(tx, &id, told, app.now()).await?;
    let operator = operators::by_email(tx, &newcomer.email).await?.ok_or_else(gone)?;
    if !operators::join(tx, &operator.id, merchant_id, newcomer.role.word(), app.now()).await? {
        return Err(wrong("/email", "works for you already; change their role instead"));
    }
    // Whoever can sign in already is let in as they are: an owner's invitation must not replace another merchant's operator's proofs.
    if operator.password.is_some() {
        return Ok(Invited { operator_id: operator.id, url: None, valid_until: app.now() });
    }
    anew(app, tx, &operator, good_for_ms).await
}

/// Gives somebody a new address by which they set password and codes anew; those they had stay good until it is used.
pub async fn anew(app: &App, tx: &mut Tx, operator: &Operator, good_for_ms: i64) -> Result<Invited, Problem> {
    let token = app.ids.new_token();
    let secret: [u8; totp::SECRET_BYTES] = app.ids.bytes();
    let invitation = Invitation {
        operator_id: operator.id.clone(),
        second_factor: app.sealer.seal(&factor_place(&operator.id), &secret),
        valid_until: app.now() + good_for_ms,
    };
    invitations::insert(tx, &hash(app, &token), &invitation, app.now()).await?;
    Ok(Invited {
        operator_id: operator.id.clone(),
        url: Some(format!("{}/console/invitations/{token}", app.operators_url())),
        valid_until: invitation.valid_until,
    })
}

fn hash(app: &App, token: &str) -> String {
    app.sealer.hash_text(Purpose::Invitation, token)
}

/// Invites somebody on behalf of whoever has the command line, with an entry in the merchant's audit log.
pub async fn by_command(app: &App, merchant_id: &str, newcomer: &Newcomer) -> Result<Invited, Problem> {
    let mut tx = app.db.write().await?;
    if merchants::by_id(&mut tx, merchant_id).await?.is_none() {
        return Err(wrong("/merchant", "no merchant has this id"));
    }
    let invited = invite(app, &mut tx, merchant_id, newcomer, AT_ONCE_MS).await?;
    let detail = serde_json::json!({ "role": newcomer.role.word() }).to_string();
    told(app, &mut tx, merchant_id, ("create-operator", &invited.operator_id), detail).await?;
    tx.commit().await?;
    Ok(invited)
}

/// Gives somebody a new invitation on behalf of whoever has the command line; every merchant for whom they work is told.
pub async fn again_by_command(app: &App, email: &str) -> Result<Invited, Problem> {
    let mut tx = app.db.write().await?;
    let operator = operators::by_email(&mut tx, &email.trim().to_lowercase()).await?;
    let operator = operator.ok_or_else(|| wrong("/email", "nobody has this address"))?;
    let invited = anew(app, &mut tx, &operator, AT_ONCE_MS).await?;
    for membership in operators::memberships(&mut tx, &operator.id).await? {
        told(app, &mut tx, &membership.merchant_id, ("invite-operator", &operator.id), "{}".to_owned()).await?;
    }
    tx.commit().await?;
    Ok(invited)
}

async fn told(
    app: &App,
    tx: &mut Tx,
    merchant_id: &str,
    (action, target): (&str, &str),
    detail: String,
) -> Result<(), Error> {
    let new = audit_log::NewAct {
        merchant_id: merchant_id.to_owned(),
        at: app.now(),
        actor: COMMAND_LINE.to_owned(),
        role: COMMAND_LINE.to_owned(),
        action: action.to_owned(),
        target: target.to_owned(),
        outcome: "done",
        status: 0,
        origin: None,
        request_id: app.ids.new_id("req"),
        detail,
    };
    audit_log::append(tx, new, &app.sealer).await
}

fn wrong(pointer: &str, detail: &str) -> Problem {
    Problem::invalid(vec![FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() }])
}

/// An invitation that somebody has opened.
pub struct Opened {
    /// Who they are.
    pub operator: Operator,
    /// The key of the codes that is offered.
    pub secret: totp::Secret,
    sealed: String,
}

/// The invitation behind an address, where it is in force.
pub async fn open(app: &App, tx: &mut Tx, token: &str) -> Result<Option<Opened>, Problem> {
    let Some(found) = invitations::by_hash(tx, &hash(app, token), app.now()).await? else { return Ok(None) };
    let Some(operator) = operators::by_id(tx, &found.operator_id).await? else { return Ok(None) };
    let bytes = app.sealer.open(&factor_place(&operator.id), &found.second_factor)?;
    let secret = secret(&bytes).ok_or(crate::seal::Unsealable)?;
    Ok(Some(Opened { operator, secret, sealed: found.second_factor }))
}

/// Takes an invitation up: password and key of codes are set, all sessions end. Answers ten recovery codes, shown once.
pub async fn accept(app: &App, token: &str, chosen: &str, code: &str) -> Result<Option<Vec<String>>, Problem> {
    let Some(opened) = open(app, &mut app.db.read().await?, token).await? else { return Ok(None) };
    let mut errors = Vec::new();
    let mut wrong = |pointer: &str, detail: String| errors.push(FieldError { pointer: pointer.to_owned(), detail });
    if let Err(why) = password::judge(chosen, &opened.operator.email, &opened.operator.name) {
        wrong("/password", why.to_string());
    }
    let step = totp::verify(&opened.secret, code, app.now(), None);
    if step.is_none() {
        wrong("/code", "is not the code that the app shows now; check the clock of your phone".to_owned());
    }
    let (Some(step), true) = (step, errors.is_empty()) else { return Err(Problem::invalid(errors)) };
    let kept = hashed(app, chosen).await?;
    let codes = new_codes(app);
    let mut tx = app.db.write().await?;
    if !invitations::take(&mut tx, &hash(app, token), app.now()).await? {
        return Ok(None);
    }
    let id = &opened.operator.id;
    proofs::set(&mut tx, id, &kept, &opened.sealed, step).await?;
    set_codes(app, &mut tx, id, &codes).await?;
    sessions::end_all(&mut tx, id, "", app.now()).await?;
    noted(app, &mut tx, id, "take an invitation up", Noted { origin: None, status: 200 }).await?;
    tx.commit().await?;
    Ok(Some(codes))
}

/// A password as it is kept. Takes its time on a thread of its own.
pub async fn hashed(app: &App, chosen: &str) -> Result<String, Problem> {
    let (chosen, salt) = (Zeroizing::new(chosen.to_owned()), app.ids.bytes::<{ password::SALT_BYTES }>());
    let hashed = super::apart(move || password::hash(&chosen, &salt)).await;
    hashed.ok_or_else(|| Problem::new(Kind::Unavailable, "The password could not be kept. Try again."))
}

/// Ten new recovery codes.
pub fn new_codes(app: &App) -> Vec<String> {
    recovery::codes(&app.ids.bytes()).into()
}

/// Keeps these in the place of those that there were.
pub async fn set_codes(app: &App, tx: &mut Tx, operator_id: &str, codes: &[String]) -> Result<(), Error> {
    let hashes: Vec<String> = codes.iter().filter_map(|code| super::recovery_hash(app, code)).collect();
    proofs::set_codes(tx, operator_id, &hashes).await
}

fn gone() -> Problem {
    Problem::new(Kind::Unavailable, "Nothing was changed. Try again in a few seconds.")
}

#[cfg(test)]
mod tests {
    use super::Newcomer;

    #[test]
    fn what_is_wrong_with_a_newcomer_is_told_field_by_field() {
        assert!(
            Newcomer::check(" Ani@Example.am ", "Անի", "hy", "manager").is_ok_and(|new| new.email == "ani@example.am")
        );
        let problem = Newcomer::check("ani", "", "de", "king").unwrap_err();
        let pointers: Vec<String> = problem.body().errors.into_iter().map(|error| error.pointer).collect();
        assert_eq!(pointers, ["/email", "/name", "/locale", "/role"]);
        for email in ["a b@x.am", "a@@x.am", "@x.am", "a@x", "a@"] {
            assert!(Newcomer::check(email, "A", "hy", "owner").is_err(), "{email}");
        }
    }
}
