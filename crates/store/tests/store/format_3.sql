-- A store of format 3: what a dump made of it, and its format. It was killed with entries of the log not in the tables.
PRAGMA user_version = 3;
BEGIN TRANSACTION;
CREATE TABLE client_organisations (
        client TEXT PRIMARY KEY, organisation INTEGER NOT NULL
    ) WITHOUT ROWID;
INSERT INTO "client_organisations" VALUES('d6f8c01f-3938-4dc6-967d-031233058451',1);
INSERT INTO "client_organisations" VALUES('e9d95f8a-dba1-4d7a-b5cd-f1eb5509d1a3',1);
INSERT INTO "client_organisations" VALUES('test',1);
CREATE TABLE clients (
        organisation INTEGER NOT NULL, id TEXT NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (organisation, id)
    ) WITHOUT ROWID;
INSERT INTO "clients" VALUES(1,'e9d95f8a-dba1-4d7a-b5cd-f1eb5509d1a3','{"id":"e9d95f8a-dba1-4d7a-b5cd-f1eb5509d1a3","name":"Second","secretHash":"$argon2id$v=19$m=19456,t=2,p=1$RQHMu4TL1zKguBR6qHWlXQ$dWEFe8SFMXodYuQ0/QrN+HskKP2zcrGgWf74jc79JFM","roles":["10051592-958b-4568-8c8f-45f0e62072b1"],"enabled":true,"tokenSeconds":86400,"created":1795813609509,"modified":1795813609509}');
INSERT INTO "clients" VALUES(1,'test','{"id":"test","name":"Administrator","secretHash":"$argon2id$v=19$m=19456,t=2,p=1$ksorjPwJlaYb12LlPFjVyw$+ROEjfm15HHDBq9Fh2Mqe+40BtpxXDzpXAimETEkl88","roles":["10051592-958b-4568-8c8f-45f0e62072b1"],"enabled":true,"tokenSeconds":86400,"created":1795813596310,"modified":1795813596310}');
CREATE TABLE connectors (
        organisation INTEGER NOT NULL, id TEXT NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (organisation, id)
    ) WITHOUT ROWID;
INSERT INTO "connectors" VALUES(1,'d6f8c01f-3938-4dc6-967d-031233058451','{"id":"d6f8c01f-3938-4dc6-967d-031233058451","name":"Bot","secretHash":"$argon2id$v=19$m=19456,t=2,p=1$C8hbmJjzxcCOSerMI+hLvQ$mKZazBQ0/ymqn9qHw0ANVUrU41ZD7zVzYZOVoV55h3g","person":"69320b53-5ccb-4996-8628-d949e7b7e628","administrator":true,"generation":1,"created":1795813609392,"modified":1795813609392}');
CREATE TABLE edges (
        organisation INTEGER NOT NULL, parent BLOB NOT NULL, child BLOB NOT NULL,
        PRIMARY KEY (organisation, parent, child)
    ) WITHOUT ROWID;
CREATE TABLE groups (
        organisation INTEGER NOT NULL, id BLOB NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (organisation, id)
    ) WITHOUT ROWID;
INSERT INTO "groups" VALUES(1,X'374F6AFE75F345C6BD3497B8FADE2F56','{"id":"374f6afe-75f3-45c6-bd34-97b8fade2f56","name":"Night watch","kind":"official","visibility":"public","state":"active","rulesVisible":true,"rolesEnabled":true,"includeOwners":true,"callsEnabled":true}');
CREATE TABLE held (
        organisation INTEGER NOT NULL, person BLOB NOT NULL, skill BLOB NOT NULL, proficiency REAL NOT NULL,
        PRIMARY KEY (organisation, person, skill)
    ) WITHOUT ROWID;
INSERT INTO "held" VALUES(1,X'ACCA7004030E45B7884877BC0A3AFAE1',X'E0BD6B74A74546C7A6DC1C8D1A280758',3.5);
CREATE TABLE individuals (
        organisation INTEGER NOT NULL, group_id BLOB NOT NULL, person BLOB NOT NULL,
        PRIMARY KEY (organisation, group_id, person)
    ) WITHOUT ROWID;
INSERT INTO "individuals" VALUES(1,X'374F6AFE75F345C6BD3497B8FADE2F56',X'640A096F64D04301847F041FA42F947A');
INSERT INTO "individuals" VALUES(1,X'374F6AFE75F345C6BD3497B8FADE2F56',X'ACCA7004030E45B7884877BC0A3AFAE1');
CREATE TABLE log (
        organisation INTEGER NOT NULL, seq INTEGER NOT NULL,
        at INTEGER NOT NULL, client TEXT, changes TEXT NOT NULL, person BLOB,
        PRIMARY KEY (organisation, seq)
    ) WITHOUT ROWID;
INSERT INTO "log" VALUES(1,1,1795813596310,NULL,'[{"change":"organisationPut","id":"e6276c0a-8c0a-4340-ba85-baaabb74577e","name":"default","home":"7c2874b1-9184-4ccf-bee0-46e2f56b32b1","created":1795813596310},{"change":"rolePut","id":"10051592-958b-4568-8c8f-45f0e62072b1","defaultId":"admin","name":"admin","description":"May do everything","permissions":["admin"]},{"change":"rolePut","id":"edf37742-800a-4fc5-8ba3-ccc36e6918bf","defaultId":"groupAdministrator","name":"group administrator","description":"Creates, changes and deletes any group and its members","permissions":["directory:group:add","directory:group:edit","directory:group:delete","directory:group:view","directory:privateGroup:view","directory:user:view","directory:userProfile:view","voicemail:groupPolicy:view","voicemail:groupPolicy:edit","routing:skill:view"]},{"change":"rolePut","id":"fb118b59-a782-4721-b08a-234444dc036f","defaultId":"groupCreator","name":"group creator","description":"Creates groups","permissions":["directory:group:add","directory:group:view","directory:user:view"]},{"change":"rolePut","id":"da6d683e-9824-438d-9109-f6020ae38266","defaultId":"reader","name":"reader","description":"Reads what everyone in the organisation may see","permissions":["directory:group:view","directory:user:view","directory:userProfile:view","voicemail:groupPolicy:view","routing:skill:view"]},{"change":"personPut","id":"6c503006-c7f9-5810-904d-c04f99c35b4b","version":1,"state":"active","name":"Administrator","email":"administrator@convoke.invalid","division":"7c2874b1-9184-4ccf-bee0-46e2f56b32b1","acdAutoAnswer":false},{"change":"clientPut","id":"test","name":"Administrator","secretHash":"$argon2id$v=19$m=19456,t=2,p=1$ksorjPwJlaYb12LlPFjVyw$+ROEjfm15HHDBq9Fh2Mqe+40BtpxXDzpXAimETEkl88","roles":["10051592-958b-4568-8c8f-45f0e62072b1"],"enabled":true,"tokenSeconds":86400,"created":1795813596310,"modified":1795813596310}]',NULL);
INSERT INTO "log" VALUES(1,2,1795813597122,'test','[{"change":"personPut","id":"acca7004-030e-45b7-8848-77bc0a3afae1","version":1,"state":"active","name":"Ada One","email":"ada@example.org","division":"7c2874b1-9184-4ccf-bee0-46e2f56b32b1","acdAutoAnswer":false}]',NULL);
INSERT INTO "log" VALUES(1,3,1795813597383,'test','[{"change":"personPut","id":"640a096f-64d0-4301-847f-041fa42f947a","version":1,"state":"active","name":"Bo Two","email":"bo@example.org","title":"Lead","division":"7c2874b1-9184-4ccf-bee0-46e2f56b32b1","acdAutoAnswer":false}]',NULL);
INSERT INTO "log" VALUES(1,4,1795813597770,'test','[{"change":"groupPut","group":{"id":"374f6afe-75f3-45c6-bd34-97b8fade2f56","name":"Night","kind":"official","visibility":"public","state":"active","rulesVisible":true,"rolesEnabled":true,"includeOwners":true,"callsEnabled":true},"version":1,"modified":1795813597770}]',NULL);
INSERT INTO "log" VALUES(1,5,1795813598088,'test','[{"change":"membersAdded","group":"374f6afe-75f3-45c6-bd34-97b8fade2f56","people":["acca7004-030e-45b7-8848-77bc0a3afae1","640a096f-64d0-4301-847f-041fa42f947a"],"version":2,"modified":1795813598088}]',NULL);
INSERT INTO "log" VALUES(1,6,1795813598124,'test','[{"change":"skillPut","id":"e0bd6b74-a745-46c7-a6dc-1c8d1a280758","kind":"routing","name":"Chess","deleted":false,"version":1,"modified":1795813598124}]',NULL);
INSERT INTO "log" VALUES(1,7,1795813598432,'test','[{"change":"skillsHeld","person":"acca7004-030e-45b7-8848-77bc0a3afae1","held":[{"skill":"e0bd6b74-a745-46c7-a6dc-1c8d1a280758","proficiency":3.5}]}]',NULL);
INSERT INTO "log" VALUES(1,8,1795813598452,'test','[{"change":"groupPut","group":{"id":"374f6afe-75f3-45c6-bd34-97b8fade2f56","name":"Night watch","kind":"official","visibility":"public","state":"active","rulesVisible":true,"rolesEnabled":true,"includeOwners":true,"callsEnabled":true},"version":3,"modified":1795813598452}]',NULL);
INSERT INTO "log" VALUES(1,9,1795813609392,'test','[{"change":"personPut","id":"69320b53-5ccb-4996-8628-d949e7b7e628","version":1,"state":"active","name":"+12025550177","division":"7c2874b1-9184-4ccf-bee0-46e2f56b32b1","addresses":[{"media":"PHONE","kind":"MOBILE","address":"+12025550177"}],"acdAutoAnswer":false},{"change":"connectorPut","id":"d6f8c01f-3938-4dc6-967d-031233058451","name":"Bot","secretHash":"$argon2id$v=19$m=19456,t=2,p=1$C8hbmJjzxcCOSerMI+hLvQ$mKZazBQ0/ymqn9qHw0ANVUrU41ZD7zVzYZOVoV55h3g","person":"69320b53-5ccb-4996-8628-d949e7b7e628","administrator":true,"generation":1,"created":1795813609392,"modified":1795813609392}]',NULL);
INSERT INTO "log" VALUES(1,10,1795813609509,'test','[{"change":"clientPut","id":"e9d95f8a-dba1-4d7a-b5cd-f1eb5509d1a3","name":"Second","secretHash":"$argon2id$v=19$m=19456,t=2,p=1$RQHMu4TL1zKguBR6qHWlXQ$dWEFe8SFMXodYuQ0/QrN+HskKP2zcrGgWf74jc79JFM","roles":["10051592-958b-4568-8c8f-45f0e62072b1"],"enabled":true,"tokenSeconds":86400,"created":1795813609509,"modified":1795813609509}]',NULL);
INSERT INTO "log" VALUES(1,11,1795813609646,'test','[{"change":"groupPut","group":{"id":"80dd297e-6714-4e5a-a454-34fe42a08a1d","name":"Day","kind":"official","visibility":"public","state":"active","rulesVisible":true,"rolesEnabled":true,"includeOwners":true,"callsEnabled":true},"version":1,"modified":1795813609646}]',NULL);
CREATE TABLE operations (
        organisation INTEGER NOT NULL, client TEXT NOT NULL, key TEXT NOT NULL,
        at INTEGER NOT NULL, fingerprint BLOB NOT NULL, subject TEXT NOT NULL,
        PRIMARY KEY (organisation, client, key)
    ) WITHOUT ROWID;
INSERT INTO "operations" VALUES(1,'test','005b9d59b6f39ad74461f66583ef4672',1795813609392,X'0ADA2961A0718476A9227605CE99DE31A787CE83C58650D72DB5F95A33D4730A','{"subject":"connector","id":"d6f8c01f-3938-4dc6-967d-031233058451"}');
INSERT INTO "operations" VALUES(1,'test','169e6c4a02544f7f91579e43c7e264b9',1795813609646,X'3B44B58F5FDD3CFD2E4510062EA47374F8390AE6E966EA43F3E8B927ADB40EBA','{"subject":"group","id":"80dd297e-6714-4e5a-a454-34fe42a08a1d"}');
INSERT INTO "operations" VALUES(1,'test','9110191a24c9c413942bec276070d970',1795813609509,X'6D23DC0680BEAC02FD03273F6434098E2ACE9E2DBDAC3BEAD587A70FB2268D96','{"subject":"client","id":"e9d95f8a-dba1-4d7a-b5cd-f1eb5509d1a3"}');
INSERT INTO "operations" VALUES(1,'test','k1',1795813597770,X'F8F741593EA0EFE38430177AD9EC0A59F1B2ABCE186EDFF5E1C35DA7E9FA79C0','{"subject":"group","id":"374f6afe-75f3-45c6-bd34-97b8fade2f56"}');
CREATE TABLE organisations (
        number INTEGER PRIMARY KEY,
        id BLOB NOT NULL UNIQUE,
        head INTEGER NOT NULL,
        tables_head INTEGER NOT NULL,
        record TEXT NOT NULL
    );
INSERT INTO "organisations" VALUES(1,X'E6276C0A8C0A4340BA85BAAABB74577E',11,8,'{"id":"e6276c0a-8c0a-4340-ba85-baaabb74577e","name":"default","home":"7c2874b1-9184-4ccf-bee0-46e2f56b32b1","created":1795813596310}');
CREATE TABLE people (
        organisation INTEGER NOT NULL, id BLOB NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (organisation, id)
    ) WITHOUT ROWID;
INSERT INTO "people" VALUES(1,X'640A096F64D04301847F041FA42F947A','{"id":"640a096f-64d0-4301-847f-041fa42f947a","version":1,"state":"active","name":"Bo Two","email":"bo@example.org","title":"Lead","division":"7c2874b1-9184-4ccf-bee0-46e2f56b32b1","acdAutoAnswer":false}');
INSERT INTO "people" VALUES(1,X'6C503006C7F95810904DC04F99C35B4B','{"id":"6c503006-c7f9-5810-904d-c04f99c35b4b","version":1,"state":"active","name":"Administrator","email":"administrator@convoke.invalid","division":"7c2874b1-9184-4ccf-bee0-46e2f56b32b1","acdAutoAnswer":false}');
INSERT INTO "people" VALUES(1,X'ACCA7004030E45B7884877BC0A3AFAE1','{"id":"acca7004-030e-45b7-8848-77bc0a3afae1","version":1,"state":"active","name":"Ada One","email":"ada@example.org","division":"7c2874b1-9184-4ccf-bee0-46e2f56b32b1","acdAutoAnswer":false}');
CREATE TABLE roles (
        organisation INTEGER NOT NULL, id BLOB NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (organisation, id)
    ) WITHOUT ROWID;
INSERT INTO "roles" VALUES(1,X'10051592958B45688C8F45F0E62072B1','{"id":"10051592-958b-4568-8c8f-45f0e62072b1","defaultId":"admin","name":"admin","description":"May do everything","permissions":["admin"]}');
INSERT INTO "roles" VALUES(1,X'DA6D683E9824438D9109F6020AE38266','{"id":"da6d683e-9824-438d-9109-f6020ae38266","defaultId":"reader","name":"reader","description":"Reads what everyone in the organisation may see","permissions":["directory:group:view","directory:user:view","directory:userProfile:view","voicemail:groupPolicy:view","routing:skill:view"]}');
INSERT INTO "roles" VALUES(1,X'EDF37742800A4FC58BA3CCC36E6918BF','{"id":"edf37742-800a-4fc5-8ba3-ccc36e6918bf","defaultId":"groupAdministrator","name":"group administrator","description":"Creates, changes and deletes any group and its members","permissions":["directory:group:add","directory:group:edit","directory:group:delete","directory:group:view","directory:privateGroup:view","directory:user:view","directory:userProfile:view","voicemail:groupPolicy:view","voicemail:groupPolicy:edit","routing:skill:view"]}');
INSERT INTO "roles" VALUES(1,X'FB118B59A7824721B08A234444DC036F','{"id":"fb118b59-a782-4721-b08a-234444dc036f","defaultId":"groupCreator","name":"group creator","description":"Creates groups","permissions":["directory:group:add","directory:group:view","directory:user:view"]}');
CREATE TABLE skills (
        organisation INTEGER NOT NULL, id BLOB NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (organisation, id)
    ) WITHOUT ROWID;
INSERT INTO "skills" VALUES(1,X'E0BD6B74A74546C7A6DC1C8D1A280758','{"id":"e0bd6b74-a745-46c7-a6dc-1c8d1a280758","kind":"routing","name":"Chess","deleted":false,"version":1,"modified":1795813598124}');
CREATE TABLE stamps (
        organisation INTEGER NOT NULL, group_id BLOB NOT NULL,
        version INTEGER NOT NULL, modified INTEGER NOT NULL,
        PRIMARY KEY (organisation, group_id)
    ) WITHOUT ROWID;
INSERT INTO "stamps" VALUES(1,X'374F6AFE75F345C6BD3497B8FADE2F56',3,1795813598452);
CREATE TABLE subscribers (
        organisation INTEGER NOT NULL, group_id BLOB NOT NULL, person BLOB NOT NULL,
        PRIMARY KEY (organisation, group_id, person)
    ) WITHOUT ROWID;
CREATE TABLE tokens (
        hash BLOB PRIMARY KEY,
        organisation INTEGER NOT NULL, client TEXT NOT NULL, expires INTEGER NOT NULL
    , kind TEXT NOT NULL DEFAULT 'access', person BLOB, generation INTEGER) WITHOUT ROWID;
INSERT INTO "tokens" VALUES(X'3183D8DFFFE95E054B41F0EBE2E926307275C6AAF12D5DE00C6745B8E3911F69',1,'test',1795900009478,'access',NULL,NULL);
INSERT INTO "tokens" VALUES(X'42C4C795569A0B46938ED06B6D41E9702805F66168DA426BB7BE1C9AEA8C38ED',1,'test',1795899996864,'access',NULL,NULL);
INSERT INTO "tokens" VALUES(X'670D36B7F4382F5C7FA3177A986A8EFDA1B2696A9D9D0D8EBF055E406501B144',1,'test',1795900009364,'access',NULL,NULL);
INSERT INTO "tokens" VALUES(X'8F65BE5DA42AD1C3FF68D2D2582E331D0706ECD936E11D31CFFEDF4805A22EC0',1,'test',1795900009638,'access',NULL,NULL);
INSERT INTO "tokens" VALUES(X'A7460F4F8B89D9E87D341D99B71F33A0B86376BBA90A26C8537FB5177710DE04',1,'d6f8c01f-3938-4dc6-967d-031233058451',1827349609396,'refresh',X'69320B535CCB49968628D949E7B7E628',1);
INSERT INTO "tokens" VALUES(X'AE642195B1997EDD9259DAAC2CFA8B2EE663372F3A65BC0DA96DB3ABFB6FC0F2',1,'test',1795900009223,'access',NULL,NULL);
CREATE INDEX operations_by_age ON operations (at);
CREATE INDEX tokens_by_end ON tokens (expires);
CREATE INDEX edges_by_child ON edges (organisation, child);
COMMIT;
