//! Developer metadata: tags on rows, columns, tabs and the spreadsheet, how they are found, and the filters that name ranges by them. It
//! must not know who asks.

use serde_json::{Value, json};

use super::a1::Wanted;
use super::book::{Book, Tag};
use super::node::Node;
use super::refusal::Refusal;
use super::spot::Spot;

/// How many characters of keys and values a tab has room for; the spreadsheet itself has as many again.
const ROOM: usize = 30_000;
const VISIBILITIES: [&str; 2] = ["DOCUMENT", "PROJECT"];
const LOCATIONS: [&str; 4] = ["ROW", "COLUMN", "SHEET", "SPREADSHEET"];

/// A tag that was found, and where.
pub(super) type Found = (Spot, Tag);

impl Book {
    /// Every tag of whichever project: the spreadsheet's, then tab by tab.
    fn every_tag(&self) -> impl Iterator<Item = (Spot, &Tag)> {
        let of_tabs = self.tabs.iter().enumerate().flat_map(|(place, tab)| {
            let own = tab.tags.iter().map(move |tag| (Spot::Tab(place), tag));
            let rows = tab.rows.iter().enumerate().flat_map(move |(row, line)| {
                let spot = Spot::Row(place, row);
                line.tags.iter().map(move |tag| (spot, tag))
            });
            let columns = tab.columns.iter().enumerate().flat_map(move |(column, line)| {
                let spot = Spot::Column(place, column);
                line.tags.iter().map(move |tag| (spot, tag))
            });
            own.chain(rows).chain(columns)
        });
        self.tags.iter().map(|tag| (Spot::Book, tag)).chain(of_tabs)
    }

    /// Those that a project sees.
    fn tags_for(&self, project: &str) -> Vec<Found> {
        let seen = self.every_tag().filter(|(_, tag)| tag.project.as_deref().is_none_or(|owner| owner == project));
        seen.map(|(spot, tag)| (spot, tag.clone())).collect()
    }

    /// Whether any tag has this id, of whichever project.
    fn has_tag(&self, id: i64) -> bool {
        self.every_tag().any(|(_, tag)| tag.id == id)
    }

    fn tags_at(&mut self, spot: Spot) -> &mut Vec<Tag> {
        match spot {
            Spot::Book => &mut self.tags,
            Spot::Tab(tab) => &mut self.tabs[tab].tags,
            Spot::Row(tab, row) => &mut self.tabs[tab].rows[row].tags,
            Spot::Column(tab, column) => &mut self.tabs[tab].columns[column].tags,
        }
    }

    /// `createDeveloperMetadata`
    pub(super) fn create_tag(&mut self, node: &Node<'_>, project: &str) -> Result<Value, Refusal> {
        node.only(&["metadataId", "metadataKey", "metadataValue", "location", "visibility"])?;
        let key = node.text("metadataKey")?.filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| Refusal::invalid("Developer metadata must always have a key specified."))?;
        let visibility = node.word("visibility", "DeveloperMetadataVisibility", &VISIBILITIES)?;
        let visibility =
            visibility.ok_or_else(|| Refusal::invalid("Developer metadata must always have visibility specified."))?;
        let location = node.object("location")?;
        let location =
            location.ok_or_else(|| Refusal::invalid("Developer metadata must always have a location specified."))?;
        let spot = Spot::read(self, &location)?;
        let id = match node.int32("metadataId")?.filter(|id| *id != 0) {
            Some(id) if id < 0 => return Err(Refusal::invalid("developerMetadata.metadataId must be positive.")),
            Some(id) if self.has_tag(id) => {
                return Err(Refusal::invalid(format!("Developer metadata with id {id} already exists.")));
            }
            Some(id) => id,
            None => (1..=i64::from(i32::MAX)).find(|id| !self.has_tag(*id)).unwrap_or(1),
        };
        let tag = Tag {
            id,
            key: key.to_owned(),
            value: node.text("metadataValue")?.unwrap_or_default().to_owned(),
            project: (visibility == "PROJECT").then(|| project.to_owned()),
        };
        self.tags_at(spot).push(tag.clone());
        self.tags_fit()?;
        Ok(self.tag_json(&(spot, tag)))
    }

    /// `deleteDeveloperMetadata`: all that the filter finds.
    pub(super) fn delete_tags(&mut self, node: &Node<'_>, project: &str) -> Result<Vec<Value>, Refusal> {
        let filter = node.object("dataFilter")?.ok_or_else(|| Refusal::invalid("No dataFilter specified."))?;
        let found = self.find(&filter, project)?;
        for (spot, tag) in &found {
            self.tags_at(*spot).retain(|other| other.id != tag.id);
        }
        Ok(found.iter().map(|one| self.tag_json(one)).collect())
    }

    /// `updateDeveloperMetadata`: the fields of the mask, on all that the filters find.
    pub(super) fn update_tags(&mut self, node: &Node<'_>, project: &str) -> Result<Vec<Value>, Refusal> {
        let mask = node.text("fields")?.filter(|mask| !mask.is_empty()).ok_or_else(Refusal::no_fields)?;
        let change =
            node.object("developerMetadata")?.ok_or_else(|| Refusal::invalid("No developerMetadata specified."))?;
        change.only(&["metadataKey", "metadataValue", "location", "visibility"])?;
        let filters = node.list("dataFilters")?;
        let mut found: Vec<Found> = Vec::new();
        for filter in filters {
            found.extend(self.find(&Node::item(filter, "DataFilter")?, project)?);
        }
        let mut said = Vec::new();
        for (mut spot, mut tag) in found {
            self.tags_at(spot).retain(|other| other.id != tag.id);
            for field in mask.split(',').map(str::trim) {
                let all = field == "*";
                if !all && !["metadataKey", "metadataValue", "location", "visibility"].contains(&field) {
                    return Err(Refusal::unknown_mask(field));
                }
                if all || field == "metadataKey" {
                    let key = change.text("metadataKey")?.filter(|key| !key.is_empty());
                    key.ok_or_else(|| Refusal::invalid("Developer metadata must always have a key specified."))?
                        .clone_into(&mut tag.key);
                }
                if all || field == "metadataValue" {
                    change.text("metadataValue")?.unwrap_or_default().clone_into(&mut tag.value);
                }
                if all || field == "visibility" {
                    let visibility = change.word("visibility", "DeveloperMetadataVisibility", &VISIBILITIES)?;
                    tag.project = (visibility == Some("PROJECT")).then(|| project.to_owned());
                }
                if all || field == "location" {
                    let location = change.object("location")?;
                    let location = location
                        .ok_or_else(|| Refusal::invalid("Developer metadata must always have a location specified."))?;
                    spot = Spot::read(self, &location)?;
                }
            }
            self.tags_at(spot).push(tag.clone());
            self.tags_fit()?;
            said.push(self.tag_json(&(spot, tag)));
        }
        Ok(said)
    }

    fn tags_fit(&self) -> Result<(), Refusal> {
        let own: usize = self.tags.iter().map(Tag::characters).sum();
        if own > ROOM || self.tabs.iter().any(|tab| tab.tag_characters() > ROOM) {
            let message =
                format!("This action would increase the developer metadata above the limit of {ROOM} characters.");
            return Err(Refusal::invalid(message));
        }
        Ok(())
    }

    /// The tags that a filter finds: those that a look-up describes, or those of every place that a range touches.
    pub(super) fn find(&self, filter: &Node<'_>, project: &str) -> Result<Vec<Found>, Refusal> {
        filter.only(&["developerMetadataLookup", "a1Range", "gridRange"])?;
        match filter.names().as_slice() {
            ["developerMetadataLookup"] => {
                let Some(lookup) = filter.object("developerMetadataLookup")? else { return Err(Refusal::unreadable()) };
                self.look_up(&lookup, project)
            }
            ["a1Range" | "gridRange"] => {
                let area = self.wanted(filter)?.area(self)?;
                Ok(self.tags_for(project).into_iter().filter(|(spot, _)| spot.touches(area)).collect())
            }
            [] => Err(Refusal::invalid("Must specify exactly one filter.")),
            _ => Err(Refusal::invalid("Only one filter may be specified in a dataFilter.")),
        }
    }

    /// The ranges that a filter names.
    pub(super) fn ranges(&self, filter: &Node<'_>, project: &str) -> Result<Vec<Wanted>, Refusal> {
        if filter.names().iter().any(|name| ["a1Range", "gridRange"].contains(name)) {
            filter.only(&["developerMetadataLookup", "a1Range", "gridRange"])?;
            return Ok(vec![self.wanted(filter)?]);
        }
        let areas = self.find(filter, project)?.into_iter().flat_map(|(spot, _)| spot.area(self));
        Ok(areas
            .map(|area| Wanted {
                tab: area.tab,
                top: area.top,
                left: area.left,
                bottom: Some(area.bottom),
                right: Some(area.right),
                is_cell: false,
            })
            .collect())
    }

    fn wanted(&self, filter: &Node<'_>) -> Result<Wanted, Refusal> {
        if let Some(text) = filter.text("a1Range")? {
            return Wanted::read(self, text);
        }
        let grid = filter.object("gridRange")?.ok_or_else(|| Refusal::invalid("Must specify exactly one filter."))?;
        self.grid_range(&grid)
    }

    /// A `GridRange`, whose ends are exclusive and may be left out.
    pub(super) fn grid_range(&self, grid: &Node<'_>) -> Result<Wanted, Refusal> {
        grid.only(&["sheetId", "startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex"])?;
        let tab = self.place(grid.int32("sheetId")?.unwrap_or(0))?;
        let (top, bottom) = (grid.index("startRowIndex")?.unwrap_or(0), grid.index("endRowIndex")?);
        let (left, right) = (grid.index("startColumnIndex")?.unwrap_or(0), grid.index("endColumnIndex")?);
        if bottom.is_some_and(|bottom| bottom <= top) || right.is_some_and(|right| right <= left) {
            return Err(Refusal::invalid("A range must end after it starts."));
        }
        Ok(Wanted { tab, top, left, bottom, right, is_cell: false })
    }

    /// All of the look-up's fields have to fit; one without fields finds every tag.
    fn look_up(&self, lookup: &Node<'_>, project: &str) -> Result<Vec<Found>, Refusal> {
        lookup.only(&[
            "locationType",
            "metadataLocation",
            "locationMatchingStrategy",
            "metadataId",
            "metadataKey",
            "metadataValue",
            "visibility",
        ])?;
        let kind = lookup.word("locationType", "DeveloperMetadataLocationType", &LOCATIONS)?;
        let strategy = lookup.word(
            "locationMatchingStrategy",
            "DeveloperMetadataLocationMatchingStrategy",
            &["EXACT_LOCATION", "INTERSECTING_LOCATION"],
        )?;
        let at = lookup.object("metadataLocation")?.map(|location| Spot::read(self, &location)).transpose()?;
        if strategy.is_some() && at.is_none() {
            return Err(Refusal::invalid("locationMatchingStrategy needs a metadataLocation."));
        }
        if at == Some(Spot::Book) && strategy == Some("INTERSECTING_LOCATION") {
            return Err(Refusal::invalid(
                "DeveloperMetadataLookup.spreadsheet is true, but locationMatchingStrategy was specified as INTERSECTING.",
            ));
        }
        let elsewhere = at.is_some_and(|at| at != Spot::Book);
        if kind.is_some() && strategy == Some("EXACT_LOCATION") || kind == Some("SPREADSHEET") && elsewhere {
            return Err(Refusal::invalid("locationType does not go with this metadataLocation and its strategy."));
        }
        let (id, key, value) =
            (lookup.int32("metadataId")?, lookup.text("metadataKey")?, lookup.text("metadataValue")?);
        let visibility = lookup.word("visibility", "DeveloperMetadataVisibility", &VISIBILITIES)?;
        // Where nothing is said of it, places that meet are enough ("DeveloperMetadataLookup").
        let exact = strategy == Some("EXACT_LOCATION");
        let is_at = |spot: Spot, at: Spot| if exact { spot == at } else { spot.meets(at) };
        let matches = |(spot, tag): &Found| {
            kind.is_none_or(|kind| kind == spot.kind())
                && at.is_none_or(|at| is_at(*spot, at))
                && id.is_none_or(|id| id == tag.id)
                && key.is_none_or(|key| key == tag.key)
                && value.is_none_or(|value| value == tag.value)
                && visibility.is_none_or(|word| (word == "PROJECT") == tag.project.is_some())
        };
        Ok(self.tags_for(project).into_iter().filter(matches).collect())
    }

    /// A `DeveloperMetadata`.
    pub(super) fn tag_json(&self, (spot, tag): &Found) -> Value {
        let mut said = json!({"metadataId": tag.id, "metadataKey": tag.key, "location": spot.json(self)});
        if !tag.value.is_empty() {
            said["metadataValue"] = json!(tag.value);
        }
        said["visibility"] = if tag.project.is_some() { "PROJECT" } else { "DOCUMENT" }.into();
        said
    }
}
