with

mobilities as (

    select * from {{ ref('fct_open_mobility') }}

),

institutions as (

    select * from {{ ref('mart_open_data__institution') }}

),

purposes as (

    select * from {{ ref('purpose') }}

),

{{ stays_by_institution_and_purpose() }}

select * from final
