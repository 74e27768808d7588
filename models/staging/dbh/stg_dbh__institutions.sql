with

source as (

    select * from {{ corrected_source('dbh__institution') }}

),

renamed as (

    select
        _extract_id as extract_id,
        _row_number as row_number,
        institution_code as dbh_code,
        trim(institution_name) as institution_name,
        short_name,
        institution_type_code,
        valid_from_semester,
        valid_to_semester,
        merged_institution_code as merged_dbh_code,
        trim(merged_institution_name) as merged_institution_name

    from source

)

select * from renamed
