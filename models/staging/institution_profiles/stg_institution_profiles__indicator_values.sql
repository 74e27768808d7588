with

source as (

    select * from {{ corrected_source('institution_profiles__indicator_value') }}

),

renamed as (

    select
        -- ids
        _extract_id as extract_id,
        _row_number as row_number,
        institution_code as dbh_code,
        trim(institution_name) as institution_name,
        trim(indicator_code) as indicator_key,

        -- measures
        cast(cluster as integer) as cluster,
        {{ parse_decimal_comma('value') }} as indicator_value,

        -- dates
        cast(year as integer) as year

    from source

)

select * from renamed
