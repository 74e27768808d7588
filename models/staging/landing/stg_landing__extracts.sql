with

source as (

    select * from {{ source('landing', 'extract') }}
    {% if var('as_of') is not none %}where extract_date <= cast('{{ var("as_of") }}' as date){% endif %}

),

erased as (

    select
        extract_id,
        sum(row_count) as erased_row_count
    from {{ source('landing', 'erased_rows') }}
    group by extract_id

),

renamed as (

    select
        source.extract_id,
        source.file_name,
        source.file_sha256,
        source.file_bytes,
        source.source as source_system,
        source.layout,
        source.layout_version,
        source.extract_date,
        source.row_count,
        coalesce(erased.erased_row_count, 0) as erased_row_count,
        source.column_count,
        source.publisher,
        source.licence,
        source.accepted_by,
        source.acceptance_reason,
        -- Of two extracts of one day the one that landed later is the newer. Only the order leaves the register: the time
        -- itself would make two builds differ.
        row_number() over (order by source.landed_at, source.extract_id) as landing_order

    from source
    left join erased on source.extract_id = erased.extract_id

)

select * from renamed
