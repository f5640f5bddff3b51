//! A fair queue of long requests for a limited number of places (docs/adr/0011-long-requests.md).
//!
//! Organisations take turns, and within an organisation its callers take turns. The requests of one caller run in the
//! order in which they arrived. So nobody waits for all requests of another caller.

use convoke_core::{Actor, ClientId, OrganisationId, PersonId};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// The places, and the queue of those who wait for one.
pub(crate) struct Lanes {
    /// The number of requests of one caller that may wait.
    limit: usize,
    state: Mutex<State>,
}

/// The permit of one request, which holds a place. Dropping it gives the place to the next in the queue.
pub(crate) struct LanePermit(Option<Arc<Lanes>>);

/// Too many requests of the caller wait already.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// An OAuth client, or a person by a connector.
type CallerKey = (ClientId, Option<PersonId>);
type Waiting = VecDeque<oneshot::Sender<LanePermit>>;

struct State {
    /// The number of free places. While there is one, nobody waits.
    free: usize,
    /// The queue. The organisation whose turn is next comes first, and so does the caller within it.
    organisations: VecDeque<(OrganisationId, VecDeque<(CallerKey, Waiting)>)>,
}

impl Lanes {
    /// Creates a queue for `places` places, in which up to `limit` requests of each caller may wait.
    pub fn new(places: usize, limit: usize) -> Arc<Self> {
        Arc::new(Lanes { limit, state: Mutex::new(State { free: places, organisations: VecDeque::new() }) })
    }

    /// Waits for a place. A request whose future was dropped is skipped.
    ///
    /// # Errors
    ///
    /// [`Full`] at once when too many requests of this caller wait already.
    pub async fn enter(self: &Arc<Self>, organisation: OrganisationId, actor: &Actor) -> Result<LanePermit, Full> {
        let receiver = {
            let mut state = self.lock();
            if state.free > 0 {
                state.free -= 1;
                return Ok(LanePermit(Some(self.clone())));
            }
            let callers = of(&mut state.organisations, organisation);
            let waiting = of(callers, actor.caller_key());
            waiting.retain(|one| !one.is_closed());
            if waiting.len() >= self.limit {
                return Err(Full);
            }
            let (sender, receiver) = oneshot::channel();
            waiting.push_back(sender);
            receiver
        };
        Ok(receiver.await.expect("whoever waits is sent a place before it is forgotten"))
    }

    /// Gives a free place to the next in the queue.
    fn give(self: Arc<Self>) {
        loop {
            let next = {
                let mut state = self.lock();
                let Some(next) = state.next() else {
                    state.free += 1;
                    return;
                };
                next
            };
            match next.send(LanePermit(Some(self.clone()))) {
                Ok(()) => return,
                // The receiver has just gone. Its permit must not give the place away again by being dropped.
                Err(mut place) => drop(place.0.take()),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for LanePermit {
    fn drop(&mut self) {
        if let Some(lanes) = self.0.take() {
            lanes.give();
        }
    }
}

impl State {
    /// Removes and returns the next in the queue, and moves its organisation and its caller to the end.
    fn next(&mut self) -> Option<oneshot::Sender<LanePermit>> {
        while let Some((organisation, mut callers)) = self.organisations.pop_front() {
            while let Some((caller, mut waiting)) = callers.pop_front() {
                waiting.retain(|one| !one.is_closed());
                let Some(next) = waiting.pop_front() else { continue };
                if !waiting.is_empty() {
                    callers.push_back((caller, waiting));
                }
                if !callers.is_empty() {
                    self.organisations.push_back((organisation, callers));
                }
                return Some(next);
            }
        }
        None
    }
}

/// The value of a key in a list. A new key is appended.
fn of<K: PartialEq, V: Default>(list: &mut VecDeque<(K, V)>, key: K) -> &mut V {
    let at = list.iter().position(|(held, _)| *held == key).unwrap_or_else(|| {
        list.push_back((key, V::default()));
        list.len() - 1
    });
    &mut list.get_mut(at).expect("it was found there or put there").1
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use futures_util::future::BoxFuture;
    use uuid::Uuid;

    /// The waiting requests, each as `organisation/caller/number`.
    struct Queue {
        lanes: Arc<Lanes>,
        waiting: Vec<(String, BoxFuture<'static, Result<LanePermit, Full>>)>,
    }

    impl Queue {
        /// A queue for one place, which is taken.
        fn new(limit: usize) -> (Self, LanePermit) {
            let lanes = Lanes::new(1, limit);
            let place = Queue::request(&lanes, 0, "first").now_or_never().expect("a place is free");
            (Queue { lanes, waiting: Vec::new() }, place.expect("nobody waits"))
        }

        fn request(
            lanes: &Arc<Lanes>,
            organisation: u128,
            caller: &str,
        ) -> BoxFuture<'static, Result<LanePermit, Full>> {
            let (lanes, actor) = (lanes.clone(), Actor::Client(ClientId(caller.into())));
            async move { lanes.enter(OrganisationId(Uuid::from_u128(organisation)), &actor).await }.boxed()
        }

        fn ask(&mut self, organisation: u128, caller: &str, number: usize) {
            let mut future = Queue::request(&self.lanes, organisation, caller);
            assert!((&mut future).now_or_never().is_none(), "it has to wait");
            self.waiting.push((format!("{organisation}/{caller}/{number}"), future));
        }

        /// Frees a place. Returns the request that gets it, if one waits.
        fn next(&mut self, place: LanePermit) -> Option<(String, LanePermit)> {
            drop(place);
            let entered =
                self.waiting.iter_mut().enumerate().find_map(|(at, (_, future))| {
                    future.now_or_never().map(|entered| (at, entered.expect("it waited")))
                });
            entered.map(|(at, place)| (self.waiting.remove(at).0, place))
        }

        /// The order in which all requests get the place.
        fn order(&mut self, place: LanePermit) -> Vec<String> {
            let mut order = Vec::new();
            let mut next = self.next(place);
            while let Some((name, place)) = next {
                order.push(name);
                next = self.next(place);
            }
            assert_eq!(self.waiting.len(), 0, "somebody was forgotten");
            order
        }
    }

    #[test]
    fn nobody_waits_for_all_that_another_one_asked_for() {
        let (mut queue, place) = Queue::new(1_000);
        (0..1_000).for_each(|number| queue.ask(1, "greedy", number));
        queue.ask(1, "modest", 0);
        queue.ask(2, "stranger", 0);
        let order = queue.order(place);
        assert_eq!(
            order.get(..4),
            Some(&["1/greedy/0", "2/stranger/0", "1/modest/0", "1/greedy/1"].map(Into::into)[..])
        );
        let rest: Vec<String> = (1..1_000).map(|number| format!("1/greedy/{number}")).collect();
        assert_eq!(order.get(3..), Some(&rest[..]), "in the order in which they came");
    }

    #[test]
    fn organisations_take_turns_and_so_do_their_callers() {
        let (mut queue, place) = Queue::new(10);
        for (organisation, caller) in [(1, "a"), (1, "b"), (1, "c"), (2, "d")] {
            (0..2).for_each(|number| queue.ask(organisation, caller, number));
        }
        let expected = ["1/a/0", "2/d/0", "1/b/0", "2/d/1", "1/c/0", "1/a/1", "1/b/1", "1/c/1"];
        assert_eq!(queue.order(place), expected);
    }

    #[test]
    fn people_by_one_connector_are_callers_of_their_own() {
        let (mut queue, place) = Queue::new(1);
        let ask = |person: u128| {
            let actor = Actor::Connector {
                connector: ClientId("c".into()),
                person: PersonId(Uuid::from_u128(person)),
                generation: 1,
            };
            let lanes = queue.lanes.clone();
            async move { lanes.enter(OrganisationId(Uuid::from_u128(1)), &actor).await }.boxed()
        };
        let (mut one, mut other, mut again) = (ask(1), ask(2), ask(1));
        assert!((&mut one).now_or_never().is_none() && (&mut other).now_or_never().is_none());
        assert_eq!((&mut again).now_or_never().map(|entered| entered.err()), Some(Some(Full)));
        queue.waiting = vec![("one".into(), one), ("other".into(), other)];
        assert_eq!(queue.order(place), ["one", "other"]);
    }

    #[test]
    fn who_has_gone_takes_no_turn_and_no_place() {
        let (mut queue, place) = Queue::new(2);
        (0..2).for_each(|number| queue.ask(1, "a", number));
        queue.ask(1, "b", 0);
        let mut beyond = Queue::request(&queue.lanes, 1, "a");
        assert_eq!((&mut beyond).now_or_never().map(|entered| entered.err()), Some(Some(Full)));
        drop(queue.waiting.remove(0));
        queue.ask(1, "a", 2);
        // One that was sent a place, and is dropped before it takes it.
        drop(place);
        let sent = queue.waiting.remove(0);
        assert_eq!(sent.0, "1/a/1");
        drop(sent);
        let lanes = queue.lanes.clone();
        let (name, place) = queue.next(LanePermit(None)).expect("the place was passed on");
        assert_eq!(name, "1/b/0");
        assert_eq!(queue.order(place), ["1/a/2"]);
        assert_eq!(lanes.lock().free, 1);
    }
}
