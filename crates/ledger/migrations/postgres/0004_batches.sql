-- A batch is sent with its commit before anything of it is answered: so the database itself refuses
-- one whose rows were not as it was planned upon.
CREATE FUNCTION as_planned(there BIGINT, wanted INT) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF there <> wanted THEN
        RAISE data_corrupted USING MESSAGE =
            format('of %s rows %s were as they were read', wanted, there);
    END IF;
    RETURN true;
END $$;
