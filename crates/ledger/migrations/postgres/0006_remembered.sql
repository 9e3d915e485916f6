-- A batch that asks nothing says which heads it goes on from, and is refused where another server has
-- moved one: nothing is wrong then, and an operator is not to be woken by it.
CREATE FUNCTION as_remembered(there BIGINT, wanted INT) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF there <> wanted THEN
        RAISE serialization_failure USING MESSAGE =
            format('of %s heads %s were as they were remembered', wanted, there);
    END IF;
    RETURN true;
END $$;
