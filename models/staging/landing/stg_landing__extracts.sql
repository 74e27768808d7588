with

source as (

    select * from {{ source('landing', 'extract') }}
    {% if var('as_of') is not none %}where extract_date <= cast('{{ var("as_of") }}' as date){% endif %}

),

renamed as (

    select
        extract_id,
        file_name,
        file_sha256,
        file_bytes,
        source as source_system,
        layout,
        layout_version,
        extract_date,
        row_count,
        column_count,
        publisher,
        licence,
        accepted_by,
        acceptance_reason,
        -- Of two extracts of one day the one that landed later is the newer. Only the order leaves the register: the time
        -- itself would make two builds differ.
        row_number() over (order by landed_at, extract_id) as landing_order

    from source

)

select * from renamed
