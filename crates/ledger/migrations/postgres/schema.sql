-- verify: schema. Everything of the schema that has a definition of its own, one line each: its sort
-- and name, and how it is defined. A function's body is told by its hash. Privileges are those of the
-- program's own role, and those that everybody has. schema.tsv holds what this finds after the
-- migrations; the test `the_schema_is_written_down_as_the_migrations_make_it` writes it anew.
WITH tables AS (
    SELECT c.oid, c.relname AS name, c.relrowsecurity, c.relacl FROM pg_class c
    WHERE c.relnamespace = 'stalela'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
), objects (name, definition) AS (
    SELECT 'table ' || t.name, CASE WHEN t.relrowsecurity THEN 'row security' ELSE 'open' END
    FROM tables t
    UNION ALL
    SELECT 'column ' || t.name || '.' || a.attname,
           concat_ws(' ', format_type(a.atttypid, a.atttypmod),
               CASE WHEN a.attnotnull THEN 'NOT NULL' END,
               (SELECT 'COLLATE ' || quote_ident(collname) FROM pg_collation
                WHERE oid = a.attcollation AND collname <> 'default'),
               (SELECT 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
                WHERE d.adrelid = t.oid AND d.adnum = a.attnum))
    FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0
    WHERE NOT a.attisdropped
    UNION ALL
    SELECT 'constraint ' || t.name || '.' || k.conname,
           pg_get_constraintdef(k.oid) || CASE WHEN k.convalidated THEN '' ELSE ' NOT VALID' END
    FROM tables t JOIN pg_constraint k ON k.conrelid = t.oid
    WHERE k.contype IN ('c', 'f', 'p', 'u', 'x')
    UNION ALL
    SELECT 'index ' || i.indexrelid::regclass::text,
           pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END
    FROM tables t JOIN pg_index i ON i.indrelid = t.oid
    UNION ALL
    SELECT 'trigger ' || t.name || '.' || g.tgname,
           pg_get_triggerdef(g.oid) || ' (' || g.tgenabled::text || ')'
    FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal
    UNION ALL
    SELECT 'rule ' || t.name || '.' || r.rulename, pg_get_ruledef(r.oid)
    FROM tables t JOIN pg_rewrite r ON r.ev_class = t.oid WHERE r.rulename <> '_RETURN'
    UNION ALL
    SELECT 'policy ' || t.name || '.' || p.polname,
           concat_ws(' ', p.polcmd::text,
               CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
               (SELECT string_agg(CASE u.id WHEN 0 THEN 'public' ELSE u.id::regrole::text END,
                                  ',' ORDER BY u.id::regrole::text)
                FROM unnest(p.polroles) AS u (id)),
               'using', pg_get_expr(p.polqual, p.polrelid),
               'check', pg_get_expr(p.polwithcheck, p.polrelid))
    FROM tables t JOIN pg_policy p ON p.polrelid = t.oid
    UNION ALL
    SELECT 'function ' || f.oid::regprocedure::text,
           encode(sha256(convert_to(f.prosrc, 'UTF8')), 'hex')
           || CASE WHEN f.prosecdef THEN ' SECURITY DEFINER' ELSE '' END
    FROM pg_proc f WHERE f.pronamespace = 'stalela'::regnamespace
    UNION ALL
    SELECT 'privilege ' || t.name || ' ' || CASE a.grantee WHEN 0 THEN 'public' ELSE r.rolname END,
           string_agg(a.privilege_type, ' ' ORDER BY a.privilege_type)
    FROM tables t CROSS JOIN aclexplode(t.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE a.grantee = 0 OR r.rolname = 'stalela_application'
    GROUP BY t.name, a.grantee, r.rolname
    UNION ALL
    SELECT 'privilege ' || t.name || '.' || c.attname || ' '
               || CASE a.grantee WHEN 0 THEN 'public' ELSE r.rolname END,
           string_agg(a.privilege_type, ' ' ORDER BY a.privilege_type)
    FROM tables t JOIN pg_attribute c ON c.attrelid = t.oid AND NOT c.attisdropped
    CROSS JOIN aclexplode(c.attacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE a.grantee = 0 OR r.rolname = 'stalela_application'
    GROUP BY t.name, c.attname, a.grantee, r.rolname
)
SELECT name, regexp_replace(definition, '\s+', ' ', 'g') AS definition FROM objects
ORDER BY name COLLATE "C"
