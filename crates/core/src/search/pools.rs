//! The texts of all criteria of one search, by column. One pass over a column answers all criteria on it; the first of
//! them triggers it.

use super::criteria::{Criterion, Search};
use crate::directory::SearchField;
use crate::sets::{Column, Set, Test, Wanted};
use crate::values::CancelFlag;
use std::cell::OnceCell;

pub(super) struct Pools<'s, F> {
    pools: Vec<Pool<'s, F>>,
}

/// The texts to find in one column.
pub(super) struct Pool<'s, F> {
    pub column: F,
    tests: Vec<&'s Test>,
    pub wanted: Vec<Wanted<'s>>,
    /// The slots that the pass found, for each test.
    found: OnceCell<Vec<Set>>,
}

impl<'s, F: SearchField> Pools<'s, F> {
    /// The pools of a search. `columns_of` returns the columns with the texts of a field.
    pub fn new(search: &'s Search<F>, columns_of: impl Fn(F) -> Vec<F>) -> Self {
        let mut pools: Vec<Pool<F>> = Vec::new();
        for Criterion { field, test } in search.expression.leaves() {
            let Some(wanted) = test.wanted() else { continue };
            for column in columns_of(*field) {
                let pool = match pools.iter().position(|pool| pool.column == column) {
                    Some(at) => pools.get_mut(at),
                    None => {
                        pools.push(Pool { column, tests: Vec::new(), wanted: Vec::new(), found: OnceCell::new() });
                        pools.last_mut()
                    }
                };
                if let Some(pool) = pool {
                    pool.tests.push(test);
                    pool.wanted.push(wanted.clone());
                }
            }
        }
        pools.retain(Pool::is_worth_it);
        Pools { pools }
    }

    /// All pools.
    pub fn iter(&self) -> impl Iterator<Item = &Pool<'s, F>> {
        self.pools.iter()
    }

    /// Whether a test is evaluated together with others.
    pub fn has(&self, test: &Test) -> bool {
        self.pools.iter().any(|pool| pool.tests.iter().any(|pooled| std::ptr::eq(*pooled, test)))
    }

    /// All slots of a column that have a text of the test. `None` if the test is not one of this search, or is faster
    /// to evaluate alone.
    pub fn found(&self, column: F, test: &Test, values: &Column, cancel: &CancelFlag) -> Option<&Set> {
        let pool = self.pools.iter().find(|pool| pool.column == column)?;
        // The tests of a search do not move while it runs, so their addresses identify them.
        let at = pool.tests.iter().position(|pooled| std::ptr::eq(*pooled, test))?;
        pool.found.get_or_init(|| values.find_each(&pool.wanted, cancel)).get(at)
    }
}

impl<F> Pool<'_, F> {
    /// Whether one pass of an automaton is faster. A search for a single text is so fast that a few passes are faster
    /// than the automaton.
    fn is_worth_it(&self) -> bool {
        const FEW: usize = 4;
        let is_one = |wanted: &Wanted| wanted.needles.len() == 1;
        self.tests.len() > FEW || self.tests.len() > 1 && !self.wanted.iter().all(is_one)
    }
}
