//! Which group every annotator is in, as another column of the table says.

use std::collections::HashMap;
use std::sync::mpsc::sync_channel;

use big_io::InputError;
use big_io::preference::AnnotatorColumn;
use big_preference::audit::Group;

use super::table::Reader;
use crate::error::AppError;

/// Blocks of one pass that wait for the other.
const AHEAD: usize = 4;

/// The groups by name, with the names of their annotators.
#[derive(Debug, Default)]
pub(super) struct Groups(Vec<(String, Vec<String>)>);

impl Groups {
    /// Reads them, where a column is named: two passes side by side, one over whoever labelled the rows and one over their
    /// groups.
    pub(super) fn read(
        reader: &Reader<'_>,
        by: &str,
        column: Option<&str>,
    ) -> Result<Self, AppError> {
        let Some(column) = column else {
            return Ok(Self::default());
        };
        let open = |column: &str| reader.open_any(AnnotatorColumn::Named(column.to_owned()));
        let (people, groups) = (open(by)?, open(column)?);
        let mut of: Vec<Option<u32>> = Vec::new();
        // Somebody with rows in two groups, and the row.
        let mut torn = None;
        std::thread::scope(|scope| {
            let (sender, theirs) = sync_channel::<Vec<u32>>(AHEAD);
            let groups = &groups;
            let pass = scope.spawn(move || {
                groups.pass(&mut |block| {
                    let named = block.annotators.unwrap_or_default().to_vec();
                    // Nobody listens once the other pass has ended; its error is the one that counts.
                    sender.send(named).map_err(|_| AppError::Cancelled)
                })
            });
            let mut ahead = Vec::new().into_iter();
            let read = people.pass(&mut |block| {
                if reader.monitor().is_cancelled() {
                    return Err(AppError::Cancelled);
                }
                for (at, who) in block.annotators.unwrap_or_default().iter().enumerate() {
                    let group = loop {
                        match ahead.next() {
                            Some(group) => break group,
                            None => match theirs.recv() {
                                Ok(more) => ahead = more.into_iter(),
                                // The other pass has ended with an error.
                                Err(_) => return Err(AppError::Cancelled),
                            },
                        }
                    };
                    let who = *who as usize;
                    if of.len() <= who {
                        of.resize(who + 1, None);
                    }
                    if *of[who].get_or_insert(group) != group {
                        torn = Some((who, group, block.first_row + at as u64));
                        return Err(AppError::Cancelled);
                    }
                }
                Ok(())
            });
            drop(theirs);
            let other = pass
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            match (&torn, read, other) {
                (Some(_), ..) => Ok(()),
                (None, Err(AppError::Cancelled), Err(error)) => Err(error),
                (None, Err(error), _) | (None, Ok(()), Err(error)) => Err(error),
                (None, Ok(()), Ok(())) => Ok(()),
            }
        })?;
        let (people_names, group_names) = (people.annotators(), groups.annotators());
        if let Some((who, group, row)) = torn {
            let before = of[who].map_or("", |before| &*group_names[before as usize]);
            let what = format!(
                "'{}' is in the group '{before}' and in the group '{}'",
                people_names[who], group_names[group as usize]
            );
            let (file, row) = people.place(row);
            return Err(InputError::new(what)
                .at_row(row)
                .with_help("everybody is in one group; where rows are, not people, audit the groups in the annotators' place")
                .in_file(file)
                .into());
        }
        let mut found: Vec<(String, Vec<String>)> = group_names
            .into_iter()
            .map(|name| (name, Vec::new()))
            .collect();
        for (who, group) in people_names.into_iter().zip(of) {
            if let Some(group) = group {
                found[group as usize].1.push(who);
            }
        }
        Ok(Self(found))
    }

    /// The same by the annotators' indices; who has no rows left is in none.
    pub(super) fn indexed(&self, annotators: &[String]) -> Vec<Group> {
        let index: HashMap<&str, usize> = annotators
            .iter()
            .enumerate()
            .map(|(i, name)| (&**name, i))
            .collect();
        let members = |names: &[String]| {
            let found = names.iter().filter_map(|name| index.get(&**name).copied());
            found.collect()
        };
        self.0
            .iter()
            .map(|(name, names)| Group {
                name: name.clone(),
                members: members(names),
            })
            .collect()
    }
}
