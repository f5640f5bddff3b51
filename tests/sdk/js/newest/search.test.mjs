// Searches of groups and users with the newest SDK.

import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { admin, newGroup, newUser, refused, sessionOf, unique } from './session.mjs';

const { groups, users } = admin;
const idsOf = (answer) => answer.results.map((found) => found.id);
const namesOf = (answer) => answer.results.map((found) => found.name);

// What a user of the SDK cuts out of a link to hand it back.
function q64Of(link, path = '/api/v2/groups/search') {
  const [before, q64] = link.split('?q64=');
  assert.equal(before, path);
  return decodeURIComponent(q64);
}

async function walk(page) {
  const pages = [page];
  while (pages.at(-1).nextPage) {
    assert.ok(pages.length < 100, 'no end of pages');
    pages.push(await groups.getGroupsSearch(q64Of(pages.at(-1).nextPage)));
  }
  return pages;
}

describe('a search of groups', () => {
  let made;
  let within;

  before(async () => {
    const owner = await newUser();
    made = {
      day: await newGroup({ name: 'Day Shift', description: 'Nothing at night' }),
      choir: await newGroup({ name: 'Nightingale Choir', type: 'social', ownerIds: [owner.id] }),
      watch: await newGroup({ name: 'night watch', visibility: 'owners' }),
      night: await newGroup({ name: 'Night Shift' }),
      tokyo: await newGroup({ name: 'Ｔｏｋｙｏ Office' }),
    };
    within = { type: 'EXACT', fields: ['id'], values: Object.values(made).map((group) => group.id) };
    made.owner = owner;
  });

  const found = async (query, options = {}) => {
    const answer = await groups.postGroupsSearch({ query: [within, ...query], pageSize: 100, ...options });
    assert.equal(answer.total, answer.results.length);
    return namesOf(answer);
  };

  it('takes each type of criterion', async () => {
    const all = ['Day Shift', 'Night Shift', 'night watch', 'Nightingale Choir', 'Ｔｏｋｙｏ Office'];
    for (const [type, fields, value, expected] of [
      ['EXACT', ['name'], 'NIGHT SHIFT', [all[1]]],
      ['EXACT', ['name'], ['day shift', 'night watch'], [all[0], all[2]]],
      ['STARTS_WITH', ['name'], 'night', [all[1], all[2], all[3]]],
      ['CONTAINS', ['name'], 't s', [all[1]]],
      ['REGEX', ['name'], '.*(shift|choir)', [all[0], all[1], all[3]]],
      ['TERM', ['name', 'description'], 'night', [all[0], all[1], all[2]]],
      ['TERMS', ['name'], ['choir', 'TOKYO'], [all[3], all[4]]],
      ['REQUIRED_FIELDS', ['description'], undefined, [all[0]]],
      ['MATCH_ALL', undefined, undefined, all],
      ['EXACT', ['ownerIds'], made.owner.id, [all[3]]],
      ['EXACT', ['visibility'], 'owners', [all[2]]],
    ]) {
      const word = Array.isArray(value) ? 'values' : 'value';
      assert.deepEqual(await found([{ type, fields, [word]: value }]), expected, `${type} ${fields} ${value}`);
    }
  });

  it('joins criteria, also in groups of them', async () => {
    const night = { type: 'STARTS_WITH', fields: ['name'], value: 'night' };
    const term = (value, operator) => ({ type: 'TERM', fields: ['name'], value, operator });
    assert.deepEqual(await found([night, term('shift')]), ['Night Shift']);
    assert.deepEqual(await found([night, term('watch', 'NOT')]), ['Night Shift', 'Nightingale Choir']);
    assert.deepEqual(await found([term('day', 'OR'), term('choir', 'OR')]), ['Day Shift', 'Nightingale Choir']);
    const either = [term('watch', 'OR'), { type: 'MATCH_ALL', operator: 'OR', group: [night, term('choir')] }];
    assert.deepEqual(await found([{ type: 'MATCH_ALL', group: either }]), ['night watch', 'Nightingale Choir']);
    const neither = { type: 'MATCH_ALL', operator: 'NOT', group: either };
    assert.deepEqual(await found([neither]), ['Day Shift', 'Night Shift', 'Ｔｏｋｙｏ Office']);
  });

  it('has ranges, which this SDK sends as they are', async () => {
    const range = { type: 'RANGE', fields: ['memberCount'], startValue: '1', endValue: '5' };
    assert.deepEqual(await found([range]), ['Nightingale Choir']);
    const dates = { type: 'RANGE', fields: ['dateModified'], dateFormat: 'yyyy-MM-dd' };
    assert.equal((await found([{ ...dates, startValue: '2001-01-01', endValue: '2999-12-31' }])).length, 5);
    assert.deepEqual(await found([{ ...dates, startValue: '2999-12-31' }]), []);
    for (const [type, finds] of [['GREATER_THAN_EQUAL_TO', true], ['GREATER_THAN', false]]) {
      const since = await found([{ type, fields: ['dateModified'], value: made.night.dateModified }]);
      assert.equal(since.includes('Night Shift'), finds, type);
    }
  });

  it('comes in the order that is asked for', async () => {
    const byName = await found([]);
    assert.deepEqual(await found([], { sortBy: 'name', sortOrder: 'DESC' }), [...byName].reverse());
    const sort = [{ sortBy: 'type', sortOrder: 'DESC' }, { sortBy: 'name', sortOrder: 'ASC' }];
    const officials = byName.filter((name) => name !== 'Nightingale Choir');
    assert.deepEqual(await found([], { sort }), ['Nightingale Choir', ...officials]);
  });

  it('is walked through by q64 to its end, and back', async () => {
    const body = { query: [within], pageSize: 2, sortBy: 'name', sortOrder: 'DESC' };
    const pages = await walk(await groups.postGroupsSearch(body));
    assert.deepEqual(pages.map((page) => page.results.length), [2, 2, 1]);
    assert.deepEqual(pages.flatMap(namesOf), (await found([])).reverse());
    for (const page of pages) {
      assert.deepEqual([page.total, page.pageCount, page.pageSize, page.types], [5, 3, 2, ['groups']]);
    }
    assert.ok(!('previousPage' in pages[0]));
    assert.ok(!('nextPage' in pages[2]));
    assert.deepEqual(idsOf(await groups.getGroupsSearch(q64Of(pages[2].previousPage))), idsOf(pages[1]));
    assert.deepEqual(idsOf(await groups.getGroupsSearch(q64Of(pages[1].currentPage))), idsOf(pages[1]));
  });

  it('has a q64 that holds the search', async () => {
    const page = await groups.postGroupsSearch({ query: [within], pageSize: 2 });
    const q64 = q64Of(page.nextPage);
    const held = JSON.parse(gunzipSync(Buffer.from(q64, 'base64url')));
    assert.deepEqual([held.types, held.pageSize, held.pageNumber], [['groups'], 2, 2]);
    assert.deepEqual([held.returnFields, held.searchType], [['guid'], 'QUERY_THEN_FETCH']);
    assert.deepEqual(held.query[0].values, within.values);
    for (const spelling of [q64.replaceAll('=', ''), encodeURIComponent(q64)]) {
      assert.equal((await groups.getGroupsSearch(spelling, { expand: ['owners'] })).pageNumber, 2);
    }
  });

  it('past its end is empty, with the same totals', async () => {
    const page = await groups.postGroupsSearch({ query: [within], pageSize: 2, pageNumber: 9 });
    assert.deepEqual([page.results, page.total, page.pageCount], [[], 5, 3]);
    const nobody = { type: 'EXACT', fields: ['name'], value: unique('Nobody') };
    const nothing = await groups.postGroupsSearch({ query: [nobody] });
    assert.deepEqual([nothing.results, nothing.total, nothing.pageCount], [[], 0, 0]);
  });

  it('is cut to what the caller sees', async () => {
    const asOwner = await sessionOf(['reader'], { userId: made.owner.id });
    const body = { query: [within], pageSize: 100 };
    assert.ok(!idsOf(await asOwner.groups.postGroupsSearch(body)).includes(made.watch.id));
    const { currentPage } = await groups.postGroupsSearch(body);
    assert.equal((await asOwner.groups.getGroupsSearch(q64Of(currentPage))).total, 4);
  });

  it('refuses what is no search', async () => {
    const exact = { type: 'EXACT', fields: ['name'], value: 'x' };
    for (const [body, named] of [
      [{ query: [{ ...exact, type: 'FUZZY' }] }, 'type'],
      [{ query: [{ ...exact, fields: ['shoes'] }] }, 'fields'],
      [{ query: [{ ...exact, type: 'REGEX', value: '(' }] }, 'value'],
      [{ query: Array(65).fill(exact) }, 'query'],
      [{ sortBy: 'shoes' }, 'sortBy'],
      [{ sortOrder: 'UP' }, 'sortOrder'],
      [{ pageSize: 501 }, 'pageSize'],
    ]) {
      const error = await refused(400, groups.postGroupsSearch(body));
      assert.ok(error.code && error.message.includes(named), error.message);
    }
    const bomb = gzipSync(`{"sortBy":"${'a'.repeat(8 << 20)}"}`).toString('base64url');
    for (const q64 of ['x', 'bm90IGd6aXA', gzipSync('[]').toString('base64url'), bomb]) {
      assert.ok((await refused(400, groups.getGroupsSearch(q64))).code);
    }
  });
});

describe('a search of users', () => {
  it('finds the living, and the deleted where a state is asked for', async () => {
    const [one, gone] = [await newUser('Una', { title: 'Night lead' }), await newUser('Ulf')];
    await users.deleteUser(gone.id);
    const byId = { type: 'EXACT', fields: ['id'], values: [one.id, gone.id] };
    assert.deepEqual(idsOf(await users.postUsersSearch({ query: [byId] })), [one.id]);
    const deleted = { type: 'EXACT', fields: ['state'], values: ['deleted'] };
    assert.deepEqual(idsOf(await users.postUsersSearch({ query: [byId, deleted] })), [gone.id]);
    const text = { type: 'QUERY_STRING', fields: ['title'], value: 'lead' };
    assert.deepEqual(idsOf(await users.postUsersSearch({ query: [byId, text] })), [one.id]);
    const after = { type: 'GREATER_THAN', fields: ['name'], value: 'un' };
    assert.deepEqual(idsOf(await users.postUsersSearch({ query: [byId, after] })), [one.id]);
  });

  it('is expanded, walked through, and for those who may', async () => {
    const [a, b] = [await newUser('A'), await newUser('B')];
    const group = await newGroup();
    await groups.postGroupMembers(group.id, { memberIds: [a.id, b.id] });
    const query = [{ type: 'EXACT', fields: ['groups'], value: group.id }];
    const page = await users.postUsersSearch({ query, pageSize: 1, expand: ['groups'] });
    assert.deepEqual([idsOf(page), page.total, page.types], [[a.id], 2, ['users']]);
    assert.deepEqual(page.results[0].groups.map((own) => own.id), [group.id]);
    const q64 = q64Of(page.nextPage, '/api/v2/users/search');
    const next = await users.getUsersSearch(q64, { expand: ['groups'] });
    assert.deepEqual(next.results.map((user) => [user.id, user.groups.length]), [[b.id, 1]]);
    const nobody = await sessionOf([]);
    await refused(403, nobody.users.postUsersSearch({ query }));
    await refused(403, nobody.users.getUsersSearch(q64));
  });
});
