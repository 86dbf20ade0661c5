//! What the portal sends: events, which name a record and nothing else, and the posts of its robots, which are the button. Both are hints:
//! the record is read anew. They must not be believed in anything, and tokens that come with them were taken out by the host.

use kamurj_crm::requests::{self, Why};
use kamurj_crm::{Target, pairs};
use kamurj_sdk::{Host, InboundRequest, Outcome, plain};

use crate::kind::Kind;
use crate::portal::Portal;
use crate::settings::Settings;

/// The route of an outgoing webhook that somebody made by hand, proven by the token that the portal shows.
pub(crate) const EVENT: &str = "event";
/// The route of events that the set-up subscribed an app to, proven by a secret in its address.
pub(crate) const APP_EVENT: &str = "app-event";
/// The route of robots.
pub(crate) const BUTTON: &str = "button";

/// Events that the plugin wants to be told of.
pub(crate) const WANTED: [&str; 4] =
    ["ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDYNAMICITEMADD", "ONCRMDYNAMICITEMUPDATE"];

/// Takes a message of one of the routes.
pub(crate) fn handle(host: &impl Host, request: &InboundRequest) -> Result<Outcome, Outcome> {
    let settings = Settings::read(host)?;
    let form = pairs(&request.body);
    let told = match request.path.as_str() {
        EVENT | APP_EVENT => event(&form).map(|target| (target, Why::Changed)),
        BUTTON => pressed(&form, &request.query).map(|target| (target, Why::Button)),
        _ => None,
    };
    let Some((target, why)) = told.filter(|_| settings.crm.requests.is_some()) else { return Ok(Outcome::done()) };
    let member = field(&form, "auth[member_id]");
    if let (Some(wanted), Some(member)) = (&settings.member_id, member)
        && !member.eq_ignore_ascii_case(wanted.trim())
    {
        let message = format!("`member_id` names another portal than the one that sent this, {}", plain(member, 64));
        return Err(Outcome::bad_request("member_id", &message));
    }
    let portal = Portal::new(host, &settings, request.run)?;
    requests::ask(host, &portal, &settings.crm, &target, why, request.run)
}

fn field<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    form.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// The record that an event is about; none for a record that was deleted and for kinds that payments do not belong to.
fn event(form: &[(String, String)]) -> Option<Target> {
    let event = field(form, "event")?.to_ascii_uppercase();
    let kind = match event.as_str() {
        "ONCRMDEALADD" | "ONCRMDEALUPDATE" => Kind::Deal,
        // Some portals put the kind behind the event's name too.
        dynamic if dynamic.starts_with("ONCRMDYNAMICITEMADD") || dynamic.starts_with("ONCRMDYNAMICITEMUPDATE") => {
            Kind::of_number(field(form, "data[FIELDS][ENTITY_TYPE_ID]")?).filter(|kind| *kind == Kind::Invoice)?
        }
        _ => return None,
    };
    target(kind, field(form, "data[FIELDS][ID]")?)
}

/// The record whose robot posts: named in the address by whoever made the robot, `?deal=12`, or by the portal as `DEAL_12`.
fn pressed(form: &[(String, String)], query: &[(String, String)]) -> Option<Target> {
    for kind in Kind::ALL {
        if let Some((_, id)) = query.iter().find(|(name, _)| name == kind.word()) {
            return target(kind, id);
        }
    }
    let (document, id) = field(form, "document_id[2]")?.rsplit_once('_')?;
    match document {
        "DEAL" => target(Kind::Deal, id),
        "SMART_INVOICE" | "DYNAMIC_31" => target(Kind::Invoice, id),
        _ => None,
    }
}

/// A record, if this can be its number.
fn target(kind: Kind, id: &str) -> Option<Target> {
    let id: u64 = id.trim().parse().ok().filter(|id| *id > 0)?;
    Some(Target::new(kind.word(), &id.to_string()))
}

#[cfg(test)]
mod tests {
    use super::{event, pressed};

    fn form(text: &str) -> Vec<(String, String)> {
        kamurj_crm::pairs(text.as_bytes())
    }

    #[test]
    fn events_name_a_record_or_nothing() {
        for (text, record) in [
            ("event=ONCRMDEALUPDATE&data%5BFIELDS%5D%5BID%5D=12", Some(("deal", "12"))),
            ("event=OnCrmDealAdd&data[FIELDS][ID]=012", Some(("deal", "12"))),
            ("event=ONCRMDYNAMICITEMUPDATE&data[FIELDS][ID]=7&data[FIELDS][ENTITY_TYPE_ID]=31", Some(("invoice", "7"))),
            ("event=ONCRMDYNAMICITEMADD_31&data[FIELDS][ID]=7&data[FIELDS][ENTITY_TYPE_ID]=31", Some(("invoice", "7"))),
            ("event=ONCRMDYNAMICITEMUPDATE&data[FIELDS][ID]=7&data[FIELDS][ENTITY_TYPE_ID]=128", None),
            ("event=ONCRMDYNAMICITEMUPDATE&data[FIELDS][ID]=7&data[FIELDS][ENTITY_TYPE_ID]=2", None),
            ("event=ONCRMDYNAMICITEMUPDATE&data[FIELDS][ID]=7", None),
            ("event=ONCRMDEALDELETE&data[FIELDS][ID]=12", None),
            ("event=ONCRMLEADUPDATE&data[FIELDS][ID]=12", None),
            ("event=ONCRMDEALUPDATE&data[FIELDS][ID]=12%3B+drop", None),
            ("event=ONCRMDEALUPDATE&data[FIELDS][ID]=0", None),
            ("event=ONCRMDEALUPDATE", None),
            ("", None),
        ] {
            let read = event(&form(text));
            assert_eq!(read.as_ref().map(|target| (target.kind.as_str(), target.id.as_str())), record, "{text}");
        }
    }

    #[test]
    fn robots_name_a_record_by_document_or_address() {
        for (text, query, record) in [
            ("document_id[0]=crm&document_id[1]=CCrmDocumentDeal&document_id[2]=DEAL_12", "", Some(("deal", "12"))),
            ("document_id[2]=SMART_INVOICE_7", "", Some(("invoice", "7"))),
            ("document_id[2]=DYNAMIC_31_7", "", Some(("invoice", "7"))),
            ("document_id[2]=DYNAMIC_128_7", "", None),
            ("document_id[2]=LEAD_7", "", None),
            ("document_id[2]=DEAL_7", "deal=12", Some(("deal", "12"))),
            ("", "invoice=7", Some(("invoice", "7"))),
            ("", "deal=-1", None),
            ("", "", None),
        ] {
            let read = pressed(&form(text), &form(query));
            assert_eq!(
                read.as_ref().map(|target| (target.kind.as_str(), target.id.as_str())),
                record,
                "{text} {query}"
            );
        }
    }
}
